"""What a training of any method gives: a shift, or tensors of another space, with their file and place in a base."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeAlias

import safetensors
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import AdapterFileInvalid, MethodUnavailable, ShiftDoesNotFit, ShiftOfAnotherBase
from svdiff_core.parameters.methods import CROSS_ATTENTION_KV, FULL, LORA, SVDIFF, SVDIFF_BAND
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift.file import WHOLE, Scalar, Shift, ShiftMetadata, SubjectWords, format_of
from svdiff_core.shift.file import dump as dump_shift
from svdiff_core.spaces import lora
from svdiff_core.spaces.cross_attention_kv import CrossAttentionKV
from svdiff_core.spaces.full import Full
from svdiff_core.spaces.lora import Lora
from svdiff_core.spaces.space import Space, StoredSpace
from svdiff_core.spaces.spectral import Spectral

FORMAT = 1
METADATA_KEY = "svdiff_adapter"
_STORED: Mapping[str, StoredSpace] = {FULL: Full(), LORA: Lora(), CROSS_ATTENTION_KV: CrossAttentionKV()}


@dataclass(frozen=True)
class TensorAdapterMetadata:
    """What the tensors belong to: the method, the fingerprint of the base, words and recipe."""

    method: str
    base: str
    words: tuple[SubjectWords, ...] = ()
    recipe: Mapping[str, Scalar] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True)
class TensorAdapter:
    """A trained set of weights or of low-rank factors, by part and name: `unet.conv_in.weight`; on the CPU."""

    tensors: Mapping[str, Tensor]
    metadata: TensorAdapterMetadata

    @property
    def parameters(self) -> int:
        """How many numbers were trained."""
        return sum(tensor.numel() for tensor in self.tensors.values())

    @contextmanager
    def apply_to(self, base: Base) -> Iterator[None]:
        """Put these tensors into the base, which is bit for bit itself again afterwards.

        Raises:
            ShiftOfAnotherBase: they were learned on other weights.
            ShiftDoesNotFit: the base has no weight of its name or shape.
        """
        if self.metadata.base != base.fingerprint:
            raise ShiftOfAnotherBase(self.metadata.base, base.fingerprint)
        space = _STORED[self.metadata.method]
        with ExitStack() as stack:
            for part, tensors in self._by_part(base).items():
                stack.callback(space.insert(base.family.parts[part], tensors))
            yield

    def _by_part(self, base: Base) -> dict[str, dict[str, Tensor]]:
        parts: dict[str, dict[str, Tensor]] = {}
        for name, tensor in self.tensors.items():
            part, _, rest = name.partition(".")
            if part not in base.family.parts:
                raise ShiftDoesNotFit(name, "the base has no such part")
            parts.setdefault(part, {})[rest] = tensor
        return parts


Adapter: TypeAlias = Shift | TensorAdapter  # what any method trains


def space_of(recipe: Recipe) -> Space:
    """The parameter space of a recipe's method."""
    if recipe.method == SVDIFF:
        return Spectral(subset=recipe.subset)
    if recipe.method == SVDIFF_BAND:
        return Spectral(recipe.band, recipe.subset)
    return Lora(recipe.rank) if recipe.method == LORA else _STORED[recipe.method]


def make_adapter(
    method: str,
    tensors: Mapping[str, Tensor],
    base: str,
    words: tuple[SubjectWords, ...],
    recipe: Mapping[str, Scalar],
) -> Adapter:
    """The adapter of trained tensors, which are copied, with what they belong to."""
    if method in _STORED:
        copies = {name: tensor.cpu().clone() for name, tensor in tensors.items()}
        return TensorAdapter(copies, TensorAdapterMetadata(method, base, words, recipe))
    deltas = {name: tensor.float().cpu().numpy().copy() for name, tensor in tensors.items()}
    subset = str(recipe.get("subset", WHOLE))
    return Shift(deltas, ShiftMetadata(base, subset, words, recipe, format_of(deltas)))


def scale_adapter(adapter: TensorAdapter, s: float) -> TensorAdapter:
    """The adapter of s ΔW: every B times s. Only low-rank changes have a scale, others s = 1 alone.

    Raises:
        MethodUnavailable: another s for another method.
    """
    if s == 1:
        return adapter
    if adapter.metadata.method != LORA:
        raise MethodUnavailable(adapter.metadata.method, "its weights have no scale")
    return replace(adapter, tensors=lora.scale(adapter.tensors, s))


def dump_adapter(adapter: Adapter) -> bytes:
    """The adapter's file, in the format of its kind: the same adapter always gives the same bytes."""
    return dump_shift(adapter) if isinstance(adapter, Shift) else dump_tensor_adapter(adapter)


def dump_tensor_adapter(adapter: TensorAdapter) -> bytes:
    """The safetensors file of an adapter that is not a shift."""
    text = json.dumps(asdict(adapter.metadata), sort_keys=True, separators=(",", ":"), allow_nan=False)
    tensors = {name: tensor.contiguous() for name, tensor in sorted(adapter.tensors.items())}
    data: bytes = save_tensors(tensors, metadata={METADATA_KEY: text})
    return data


def load_tensor_adapter(data: bytes) -> TensorAdapter:
    """Read what `dump_tensor_adapter` wrote.

    Raises:
        AdapterFileInvalid: the file is damaged, of another kind or method, or holds numbers that are not finite.
    """
    try:
        length = int.from_bytes(data[:8], "little")
        fields = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][METADATA_KEY])
        metadata = _metadata(fields)
        tensors: dict[str, Tensor] = load_tensors(data)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise AdapterFileInvalid("it is damaged or of another kind") from error
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() or not torch.isfinite(tensor).all():
            raise AdapterFileInvalid(f"{name!r} holds values that are not finite numbers")
    return TensorAdapter(tensors, metadata)


def _metadata(fields: Mapping[str, Any]) -> TensorAdapterMetadata:
    if fields["format"] != FORMAT:
        raise AdapterFileInvalid(f"its format is {fields['format']!r}, and only {FORMAT} is known")
    if fields["method"] not in _STORED:
        raise AdapterFileInvalid(f"its method {fields['method']!r} is not one of {', '.join(_STORED)}")
    words = tuple(SubjectWords(**word) for word in fields["words"])
    return TensorAdapterMetadata(fields["method"], str(fields["base"]), words, dict(fields["recipe"]))

"""The shift file and its algebra: δ by layer, and what it belongs to (numpy and safetensors only)."""

import json
import math
import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.numpy

from svdiff_core.errors import ShiftDoesNotFit, ShiftFileInvalid, ShiftOfAnotherBase

FORMAT = 1
BANDED = 2  # the format of a shift with off-diagonal terms, which readers of format 1 refuse
METADATA_KEY = "svdiff"
MAX_BYTES = 64 * 2**20  # a shift of SD v1 is 1.6 MB; nothing honest comes near this
WHOLE = "all"
FAULTS = (ShiftFileInvalid, ShiftDoesNotFit, ShiftOfAnotherBase)  # what this module raises on purpose

Scalar: TypeAlias = str | int | float | bool
Delta: TypeAlias = npt.NDArray[np.float32]  # (r,) for a matrix, (n,) for a vector
Wide: TypeAlias = npt.NDArray[np.float64]
_NAME = re.compile(r"([^@]+)(?:@([+-][1-9][0-9]{0,5}))?")


@dataclass(frozen=True)
class SubjectWords:
    """The words one subject was learned under."""

    token: str
    class_word: str
    instance_prompt: str
    class_prompt: str


@dataclass(frozen=True)
class ShiftMetadata:
    """What a shift belongs to: the fingerprint of its base, the subset of layers, words and recipe."""

    base: str
    subset: str = WHOLE
    words: tuple[SubjectWords, ...] = ()
    recipe: Mapping[str, Scalar] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True)
class Shift:
    """A trained set of spectral shifts.

    A layer's name is the path of the weight's owner, prefixed by its part: `unet.conv_in`. Off-diagonal terms have
    names of their own, with the offset behind: `unet.conv_in@+1`. The algebra below is linear in them as in δ.
    """

    deltas: Mapping[str, Delta]
    metadata: ShiftMetadata


def band_name(layer: str, offset: int) -> str:
    """The name of a layer's off-diagonal terms at an offset."""
    return f"{layer}@{offset:+d}"


def layer_and_offset(name: str) -> tuple[str, int]:
    """The layer that a name of a shift belongs to, and the offset of its terms: 0 for δ itself."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ShiftDoesNotFit(name, "this is no name of a layer")
    return found[1], int(found[2] or 0)


def format_of(names: Iterable[str]) -> int:
    """The oldest format that can say what a shift of these names says."""
    return BANDED if any("@" in name for name in names) else FORMAT


def dump(shift: Shift) -> bytes:
    """The safetensors file of a shift: the same shift always gives the same bytes."""
    tensors = {name: np.ascontiguousarray(delta, dtype=np.float32) for name, delta in shift.deltas.items()}
    metadata = replace(shift.metadata, format=format_of(shift.deltas))
    text = json.dumps(asdict(metadata), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return safetensors.numpy.save(tensors, metadata={METADATA_KEY: text})


def load(data: bytes) -> Shift:
    """Read a shift file; anything but finite 1-D float32 tensors under known metadata is refused.

    Raises:
        ShiftFileInvalid: the sentence says what is wrong.
    """
    if len(data) > MAX_BYTES:
        raise ShiftFileInvalid(f"it is larger than {MAX_BYTES} bytes")
    metadata = _metadata(_header(data))
    try:
        tensors = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise ShiftFileInvalid("its tensors cannot be read") from error
    if not tensors:
        raise ShiftFileInvalid("it holds no layer")
    if metadata.format != format_of(name for name, _ in tensors):
        raise ShiftFileInvalid(f"its format is {metadata.format}, which is not that of its layers")
    if unknown := [name for name, _ in tensors if not _NAME.fullmatch(name)]:
        raise ShiftFileInvalid(f"{min(unknown)!r} is no name of a layer")
    return Shift({name: _delta(name, entry) for name, entry in sorted(tensors)}, metadata)


def check_base(shift: Shift, fingerprint: str) -> None:
    """Raise ShiftOfAnotherBase unless the shift was learned on the weights of this fingerprint."""
    if shift.metadata.base != fingerprint:
        raise ShiftOfAnotherBase(shift.metadata.base, fingerprint)


def scale(shift: Shift, s: float) -> Shift:
    """s·δ in every layer."""
    return add([(shift, s)])


def add(weighted: Sequence[tuple[Shift, float]]) -> Shift:
    """Σ wᵢ δᵢ, layer by layer (eq. 4; the ReLU is applied to the sum, in the layer).

    A layer that a shift lacks counts as zero.

    Raises:
        ShiftOfAnotherBase: the shifts are not all of one base.
        ShiftDoesNotFit: two shifts disagree on a layer's length, or the sum is not finite.
    """
    first = weighted[0][0]
    for shift, _ in weighted[1:]:
        check_base(shift, first.metadata.base)
    total: dict[str, npt.NDArray[np.float64]] = {}
    for shift, weight in weighted:
        for name, delta in shift.deltas.items():
            term = np.float64(weight) * delta.astype(np.float64)
            if name in total and total[name].shape != term.shape:
                raise ShiftDoesNotFit(name, "the shifts give it different numbers of values")
            total[name] = total[name] + term if name in total else term
    deltas = {name: _rounded(name, value) for name, value in sorted(total.items())}
    return Shift(deltas, _joint_metadata([shift for shift, _ in weighted]))


def interpolate(a: Shift, b: Shift, alpha: float) -> Shift:
    """α·δ_a + (1-α)·δ_b (eq. 5), 0 ≤ α ≤ 1."""
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie in [0, 1], not {alpha}")
    return add([(a, alpha), (b, 1 - alpha)])


def restrict(shift: Shift, predicate: Callable[[str], bool], subset: str = "custom") -> Shift:
    """The shift of the layers whose name satisfies the predicate; the rest stays the base's."""
    kept = {name: delta for name, delta in shift.deltas.items() if predicate(layer_and_offset(name)[0])}
    return Shift(kept, replace(shift.metadata, subset=subset))


def cosine(a: Shift, b: Shift) -> dict[str, float]:
    """Cosine of the two shifts in every layer both have; 0 where one of them is zero."""
    return {name: _cosine(a.deltas[name], b.deltas[name]) for name in a.deltas if name in b.deltas}


@dataclass(frozen=True)
class LayerComparison:
    """Two shifts in one layer that both have; norms are Euclidean.

    `cancelled` is 1 - ‖δ₁ + δ₂‖₁ / (‖δ₁‖₁ + ‖δ₂‖₁): 0 where no value is pulled both ways, 1 where nothing is left.
    `clipped` is the share of singular values that the ReLU stops in the sum and in neither alone; None without σ.
    """

    values: int
    cosine: float
    norms: tuple[float, float]
    cancelled: float
    clipped: float | None


@dataclass(frozen=True)
class Comparison:
    """Two shifts of one base. The cosine is the mean over the layers; the rest is over all of their values."""

    layers: Mapping[str, LayerComparison]
    cosine: float
    opposed: float  # share of the layers whose cosine is negative
    cancelled: float
    clipped: float | None  # of the singular values of the layers whose σ is known
    alone: tuple[tuple[str, ...], tuple[str, ...]]  # layers that one of the two has and the other lacks


def compare(a: Shift, b: Shift, sigmas: Mapping[str, npt.NDArray[np.float32]] | None = None) -> Comparison:
    """How alike two shifts are, and how much of them is lost when they are added (eq. 4).

    `sigmas` are the base's singular values, (r,) by layer; 1-D layers have none, and no ReLU.

    Raises:
        ShiftOfAnotherBase: the shifts are not of one base.
        ShiftDoesNotFit: they disagree on a layer's length, or with σ.
    """
    check_base(b, a.metadata.base)
    known = sigmas or {}
    pairs = {name: _pair(name, a, b) for name in sorted(a.deltas.keys() & b.deltas.keys())}
    layers = {name: _compared(name, x, y, known.get(name)) for name, (x, y) in pairs.items()}
    clipped = [(layer.clipped, layer.values) for layer in layers.values() if layer.clipped is not None]
    return Comparison(
        layers=layers,
        cosine=_share(sum(layer.cosine for layer in layers.values()), len(layers)),
        opposed=_share(sum(layer.cosine < 0 for layer in layers.values()), len(layers)),
        cancelled=_cancelled(list(pairs.values())),
        clipped=_share(sum(c * n for c, n in clipped), sum(n for _, n in clipped)) if clipped else None,
        alone=(tuple(sorted(a.deltas.keys() - b.deltas.keys())), tuple(sorted(b.deltas.keys() - a.deltas.keys()))),
    )


def _pair(name: str, a: Shift, b: Shift) -> tuple[Wide, Wide]:
    x, y = a.deltas[name].astype(np.float64), b.deltas[name].astype(np.float64)
    if x.shape != y.shape:
        raise ShiftDoesNotFit(name, "the shifts give it different numbers of values")
    return x, y


def _compared(name: str, x: Wide, y: Wide, sigma: npt.NDArray[np.float32] | None) -> LayerComparison:
    if sigma is not None and sigma.shape != x.shape:
        raise ShiftDoesNotFit(name, "it has another number of singular values")
    norms = (float(np.linalg.norm(x)), float(np.linalg.norm(y)))
    clipped = None if sigma is None else float(np.mean((sigma + x + y < 0) & (sigma + x >= 0) & (sigma + y >= 0)))
    return LayerComparison(len(x), _cosine(x, y), norms, _cancelled([(x, y)]), clipped)


def _cancelled(pairs: Sequence[tuple[Wide, Wide]]) -> float:
    whole = sum(float(np.abs(x).sum() + np.abs(y).sum()) for x, y in pairs)
    return _share(whole - sum(float(np.abs(x + y).sum()) for x, y in pairs), whole)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _cosine(x: Delta | Wide, y: Delta | Wide) -> float:
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    norms = float(np.linalg.norm(x64) * np.linalg.norm(y64))
    return float(x64 @ y64) / norms if norms > 0 else 0.0


def _rounded(name: str, value: npt.NDArray[np.float64]) -> Delta:
    if not (np.abs(value) <= np.finfo(np.float32).max).all():
        raise ShiftDoesNotFit(name, "the weighted sum is not finite")
    return value.astype(np.float32)


def _joint_metadata(shifts: Sequence[Shift]) -> ShiftMetadata:
    first = shifts[0].metadata
    if len(shifts) == 1:
        return first
    subsets = {shift.metadata.subset for shift in shifts}
    words = tuple(word for shift in shifts for word in shift.metadata.words)
    newest = max(shift.metadata.format for shift in shifts)
    return ShiftMetadata(first.base, subsets.pop() if len(subsets) == 1 else "mixed", words, format=newest)


def _header(data: bytes) -> dict[str, Any]:
    """The JSON header of a safetensors file: 8 bytes of little-endian length, then the text."""
    try:
        (length,) = struct.unpack_from("<Q", data)
        header = json.loads(data[8 : 8 + length])
    except (struct.error, ValueError, OverflowError, RecursionError) as error:
        raise ShiftFileInvalid("it is not a safetensors file") from error
    if not isinstance(header, dict):
        raise ShiftFileInvalid("it is not a safetensors file")
    return header


def _metadata(header: dict[str, Any]) -> ShiftMetadata:
    try:
        fields = json.loads(header["__metadata__"][METADATA_KEY])
        if fields["format"] not in {FORMAT, BANDED}:
            raise ShiftFileInvalid(f"its format is {fields['format']!r}, and only {FORMAT} and {BANDED} are known")
        words = tuple(SubjectWords(**{key: _text(value) for key, value in word.items()}) for word in fields["words"])
        recipe = {str(key): _scalar(value) for key, value in dict(fields["recipe"]).items()}
        base, subset = _text(fields["base"]), _text(fields["subset"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ShiftFileInvalid("its metadata is missing or malformed") from error
    return ShiftMetadata(base, subset, words, recipe, fields["format"])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected text")  # noqa: TRY004 — one except clause turns it into ShiftFileInvalid
    return value


def _scalar(value: Any) -> Scalar:
    if not isinstance(value, str | int | float | bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("expected a scalar")
    return value


def _delta(name: str, entry: Mapping[str, Any]) -> Delta:
    if entry["dtype"] != "F32" or len(entry["shape"]) != 1:
        raise ShiftFileInvalid(f"layer {name!r} is {entry['dtype']}{entry['shape']}, not a float32 vector")
    delta = np.frombuffer(entry["data"], dtype="<f4").astype(np.float32)
    if not np.isfinite(delta).all():
        raise ShiftFileInvalid(f"layer {name!r} holds values that are not finite")
    return delta

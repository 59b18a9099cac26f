"""The shift file: δ by layer, and what it belongs to (numpy and safetensors only)."""

import json
import math
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.numpy

from svdiff_core.errors import ShiftDoesNotFit, ShiftFileInvalid, ShiftOfAnotherBase

FORMAT = 1
BANDED_FORMAT = 2  # the format of a shift with off-diagonal terms, which readers of format 1 refuse
METADATA_KEY = "svdiff"
MAX_BYTES = 64 * 2**20  # a shift of SD v1 is 1.6 MB; no valid file comes near this
WHOLE: Final = "all"
SHIFT_ERRORS = (ShiftFileInvalid, ShiftDoesNotFit, ShiftOfAnotherBase)  # what this module raises on purpose

Scalar: TypeAlias = str | int | float | bool
Delta: TypeAlias = npt.NDArray[np.float32]  # (r,) for a matrix, (n,) for a vector
Float64s: TypeAlias = npt.NDArray[np.float64]
_NAME = re.compile(r"([^@]+)(?:@([+-][1-9][0-9]{0,5}))?")


@dataclass(frozen=True)
class SubjectWords:
    """The prompts, token and class word of one subject."""

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
    names of their own, with the offset behind: `unet.conv_in@+1`. The algebra is linear in them as in δ.
    """

    deltas: Mapping[str, Delta]
    metadata: ShiftMetadata


def band_name(layer: str, offset: int) -> str:
    """The name of a layer's off-diagonal terms at an offset."""
    return f"{layer}@{offset:+d}"


def layer_and_offset(name: str) -> tuple[str, int]:
    """The layer that a name of a shift belongs to, and the offset of its terms: 0 for δ itself."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ShiftDoesNotFit(name, "this is not a name of a layer")
    return match[1], int(match[2] or 0)


def format_of(names: Iterable[str]) -> int:
    """The format of a shift of these names: the oldest that has what they need."""
    return BANDED_FORMAT if any("@" in name for name in names) else FORMAT


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
        raise ShiftFileInvalid(f"{min(unknown)!r} is not a name of a layer")
    return Shift({name: _delta(name, entry) for name, entry in sorted(tensors)}, metadata)


def check_base(shift: Shift, fingerprint: str) -> None:
    """Raise ShiftOfAnotherBase unless the shift was learned on the weights of this fingerprint."""
    if shift.metadata.base != fingerprint:
        raise ShiftOfAnotherBase(shift.metadata.base, fingerprint)


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
        if fields["format"] not in {FORMAT, BANDED_FORMAT}:
            raise ShiftFileInvalid(
                f"its format is {fields['format']!r}, and only {FORMAT} and {BANDED_FORMAT} are known"
            )
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

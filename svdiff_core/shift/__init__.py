"""Spectral shifts as files and as numbers; needs numpy and safetensors only.

`file.py` is the place to start: what a shift is, and its file. `algebra.py` scales, adds and interpolates shifts,
`comparison.py` compares two, `subsets.py` names the twelve subsets of layers of Table 1, and `selection.py` takes a
part of a shift.
"""

from svdiff_core.shift.algebra import add, interpolate, restrict, scale
from svdiff_core.shift.comparison import Comparison, LayerComparison, compare, cosine
from svdiff_core.shift.file import Shift, ShiftMetadata, SubjectWords, check_base, dump, load

__all__ = [
    "Comparison",
    "LayerComparison",
    "Shift",
    "ShiftMetadata",
    "SubjectWords",
    "add",
    "check_base",
    "compare",
    "cosine",
    "dump",
    "interpolate",
    "load",
    "restrict",
    "scale",
]

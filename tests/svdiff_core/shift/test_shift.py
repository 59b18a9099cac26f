import json
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from svdiff_core.errors import ShiftDoesNotFit, ShiftFileInvalid, ShiftOfAnotherBase
from svdiff_core.shift import algebra, comparison, file
from svdiff_core.shift.file import Shift, ShiftMetadata, SubjectWords

WORDS = SubjectWords("sks", "dog", "a photo of a sks dog", "a photo of a dog")
METADATA = ShiftMetadata("svd1-a", "all", (WORDS,), {"steps": 400, "learning_rate": 0.01, "text_encoder": True})


def shift(**deltas: list[float]) -> Shift:
    """A shift with these deltas."""
    return Shift({name: np.array(delta, dtype=np.float32) for name, delta in deltas.items()}, METADATA)


def lists(answer: Shift) -> dict[str, list[float]]:
    """The deltas as plain numbers."""
    return {name: delta.tolist() for name, delta in answer.deltas.items()}


def file_of(metadata: object, **tensors: np.ndarray) -> bytes:
    """A safetensors file with any metadata."""
    return safetensors.numpy.save(tensors, metadata={"svdiff": json.dumps(metadata)})


GOOD = {"base": "svd1-a", "subset": "all", "words": [], "recipe": {}, "format": 1}
ONE = np.ones(2, dtype=np.float32)


def test_a_shift_comes_back_bit_for_bit() -> None:
    """Values, names and metadata survive the file, also values that no decimal text would keep."""
    rng = np.random.default_rng(0)
    original = Shift({n: rng.standard_normal(9).astype(np.float32) for n in ("unet.b", "unet.a")}, METADATA)
    loaded = file.load(file.dump(original))
    assert loaded.metadata == METADATA
    assert loaded.deltas.keys() == original.deltas.keys()
    assert all(loaded.deltas[n].tobytes() == original.deltas[n].tobytes() for n in original.deltas)


def test_the_same_shift_gives_the_same_bytes() -> None:
    """Neither the order of layers nor that of recipe fields shows in the file, and a reload dumps the same."""
    one = shift(b=[1, 2], a=[3])
    other = Shift(
        dict(reversed(list(one.deltas.items()))),
        replace(METADATA, recipe=dict(reversed(list(METADATA.recipe.items())))),
    )
    assert file.dump(one) == file.dump(other) == file.dump(file.load(file.dump(one)))


def test_a_file_of_the_first_format_stays_readable() -> None:
    """A file written by hand in format 1 is read as it was meant."""
    words = [{"token": "sks", "class_word": "dog", "instance_prompt": "i", "class_prompt": "c"}]
    loaded = file.load(file_of({**GOOD, "words": words, "recipe": {"steps": 1}}, layer=ONE))
    assert lists(loaded) == {"layer": [1, 1]}
    assert loaded.metadata == ShiftMetadata("svd1-a", "all", (SubjectWords("sks", "dog", "i", "c"),), {"steps": 1})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a safetensors file"),
        (b"\xff" * 100, "not a safetensors file"),
        (b"\x02\0\0\0\0\0\0\0[]", "not a safetensors file"),
        (b"\x10\x27\0\0\0\0\0\0" + b"[" * 10_000, "not a safetensors file"),
        (file.dump(shift(a=[1, 2]))[:-1], "cannot be read"),
        (safetensors.numpy.save({"a": ONE}), "metadata"),
        (file_of([], a=ONE), "metadata"),
        (file_of({**GOOD, "format": 2}, a=ONE), "format is 2"),
        (file_of({**GOOD, "base": 7}, a=ONE), "metadata"),
        (file_of({**GOOD, "words": [{"token": "x"}]}, a=ONE), "metadata"),
        (file_of({**GOOD, "recipe": {"steps": [1]}}, a=ONE), "metadata"),
        (file_of({**GOOD, "recipe": 3}, a=ONE), "metadata"),
        (file_of({**GOOD, "recipe": {"rate": float("nan")}}, a=ONE), "metadata"),
        (file_of(GOOD), "no layer"),
        (file_of(GOOD, a=np.ones((2, 2), dtype=np.float32)), "not a float32 vector"),
        (file_of(GOOD, a=np.ones(2, dtype=np.float64)), "not a float32 vector"),
        (file_of(GOOD, a=np.array([1, np.nan], dtype=np.float32)), "not finite"),
        (file_of(GOOD, a=np.array([np.inf], dtype=np.float32)), "not finite"),
    ],
)
def test_what_is_not_a_shift_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    """Every kind of bad file raises ShiftFileInvalid, and says why."""
    with pytest.raises(ShiftFileInvalid, match=reason):
        file.load(data)


def test_an_oversized_file_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file above the limit raises before it is parsed."""
    data = file.dump(shift(a=[1]))
    monkeypatch.setattr(file, "MAX_BYTES", len(data) - 1)
    with pytest.raises(ShiftFileInvalid, match="larger"):
        file.load(data)


@given(st.binary(max_size=300), st.integers(0, 250))
def test_no_damage_escapes_as_another_error(noise: bytes, at: int) -> None:
    """Overwriting any bytes of a good file either loads or raises ShiftFileInvalid, nothing else."""
    data = bytearray(file.dump(shift(a=[1, 2, 3], b=[4])))
    data[at : at + len(noise)] = noise
    with suppress(ShiftFileInvalid):
        file.load(bytes(data))


def test_a_shift_of_another_base_is_refused_by_name() -> None:
    """The error names both fingerprints."""
    file.check_base(shift(a=[1]), "svd1-a")
    with pytest.raises(ShiftOfAnotherBase, match=r"svd1-a.*svd1-b"):
        file.check_base(shift(a=[1]), "svd1-b")


def test_scaling_multiplies_every_value_and_keeps_the_metadata() -> None:
    """s·δ, with words and recipe as they were."""
    scaled = algebra.scale(shift(a=[1, -2], b=[4]), 0.5)
    assert lists(scaled) == {"a": [0.5, -1], "b": [2]}
    assert scaled.metadata == METADATA


def test_adding_is_a_weighted_sum_over_all_layers() -> None:
    """A layer that one shift lacks counts as zero; the words of both are kept."""
    total = algebra.add([(shift(a=[1, 2], b=[1]), 2), (shift(a=[10, 20], c=[5]), -1)])
    assert lists(total) == {"a": [-8, -16], "b": [2], "c": [-5]}
    assert total.metadata == ShiftMetadata("svd1-a", "all", (WORDS, WORDS))


def test_shifts_of_two_bases_cannot_be_added() -> None:
    """Adding numbers of two bases has no meaning, so it raises."""
    other = replace(shift(a=[1]), metadata=ShiftMetadata("svd1-b"))
    with pytest.raises(ShiftOfAnotherBase):
        algebra.add([(shift(a=[1]), 1), (other, 1)])


def test_layers_of_two_lengths_cannot_be_added() -> None:
    """Two δ of one layer that differ in length are an invalid pair, not a broadcast."""
    with pytest.raises(ShiftDoesNotFit, match="'a'"):
        algebra.add([(shift(a=[1, 2]), 1), (shift(a=[1]), 1)])


@pytest.mark.parametrize("weight", [4.0, float("nan"), float("inf")])
def test_a_sum_that_is_not_finite_is_refused(weight: float) -> None:
    """Values that overflow float32 under their weight raise instead of turning into infinities."""
    with pytest.raises(ShiftDoesNotFit, match="not finite"):
        algebra.add([(shift(a=[3e38]), weight)])


def test_interpolation_goes_from_one_shift_to_the_other() -> None:
    """Weight 1 is the first, 0 the second, between them eq. 5; outside it raises."""
    a, b = shift(x=[1, 0]), shift(x=[0, 4])
    assert lists(algebra.interpolate(a, b, 1)) == lists(a)
    assert lists(algebra.interpolate(a, b, 0)) == lists(b)
    assert lists(algebra.interpolate(a, b, 0.25)) == {"x": [0.25, 3]}
    with pytest.raises(ValueError, match="alpha"):
        algebra.interpolate(a, b, 1.5)


def test_restricting_keeps_what_the_predicate_names() -> None:
    """Only the named layers stay, and the subset says so."""
    kept = algebra.restrict(shift(a=[1], b=[2]), lambda name: name == "b", "mine")
    assert lists(kept) == {"b": [2]}
    assert kept.metadata == replace(METADATA, subset="mine")


def test_cosine_is_one_with_itself_minus_one_with_its_negative_and_zero_with_nothing() -> None:
    """Per layer, over the layers both have."""
    a = shift(x=[1, 2], y=[0, 0], z=[1])
    assert comparison.cosine(a, algebra.scale(a, 3)) == pytest.approx({"x": 1, "y": 0, "z": 1})
    assert comparison.cosine(a, shift(x=[-1, -2])) == pytest.approx({"x": -1})


def test_a_comparison_is_the_mean_of_the_layers_and_names_what_one_lacks() -> None:
    """Drawn by hand: orthogonal, opposite and equal layers; a layer of one alone takes no part."""
    told = comparison.compare(shift(a=[1, 0], b=[2], c=[3], d=[1]), shift(a=[0, 1], b=[-2], c=[1], e=[1]))
    assert {name: layer.cosine for name, layer in told.layers.items()} == pytest.approx({"a": 0, "b": -1, "c": 1})
    assert told.cosine == pytest.approx(0)
    assert told.opposed == pytest.approx(1 / 3)
    assert told.alone == (("d",), ("e",))
    assert (told.layers["a"].values, told.layers["c"].norms) == (2, (3, 1))


def test_what_cancels_is_the_movement_that_pulls_both_ways() -> None:
    """Nothing of orthogonal layers, all of opposite ones, 2·1/4 where 3 meets -1; over all values, not over layers."""
    told = comparison.compare(shift(a=[1, 0], b=[2], c=[3]), shift(a=[0, 1], b=[-2], c=[-1]))
    assert {name: layer.canceled for name, layer in told.layers.items()} == pytest.approx({"a": 0, "b": 1, "c": 0.5})
    assert told.canceled == pytest.approx((4 + 2) / (2 + 4 + 4))
    assert comparison.compare(shift(a=[0]), shift(a=[0])).canceled == 0


def test_what_the_relu_stops_in_the_sum_alone_is_told_where_sigma_is_known() -> None:
    """σ 3, 2, 1, 1: the sum kills the second; the third is dead in one alone already, the fourth is left."""
    one, two = shift(a=[-1, -1.5, -2, 0], n=[-9]), shift(a=[-1, -1.5, 0, 0.5], n=[-9])
    told = comparison.compare(one, two, {"a": np.array([3, 2, 1, 1], np.float32)})
    assert (told.layers["a"].clipped, told.layers["n"].clipped, told.clipped) == (0.25, None, 0.25)
    assert comparison.compare(one, two).clipped is None


def test_shifts_that_cannot_be_added_cannot_be_compared() -> None:
    """Another base, another length, and a σ of another length."""
    other = replace(shift(a=[1]), metadata=ShiftMetadata("svd1-b"))
    with pytest.raises(ShiftOfAnotherBase):
        comparison.compare(shift(a=[1]), other)
    with pytest.raises(ShiftDoesNotFit, match="'a'"):
        comparison.compare(shift(a=[1]), shift(a=[1, 2]))
    with pytest.raises(ShiftDoesNotFit, match="'a'"):
        comparison.compare(shift(a=[1]), shift(a=[1]), {"a": np.ones(2, np.float32)})

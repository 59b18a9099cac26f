"""What a generation may combine."""

from typing import Any

import pytest

from service.errors import NotMixable
from service.jobs.specs import SelectedShift
from service.requests.methods import AdapterUse, check_mix

OTHERS = ("full", "lora", "cross_attention_kv")


def mix(*entries: tuple[str, dict[str, Any]]) -> None:
    """Check a generation's `shifts` made by these methods and used in these ways."""
    check_mix(
        [
            AdapterUse(number, f"/shifts/{number}/id", "tiny", "f", method, SelectedShift(**use))
            for number, (method, use) in enumerate(entries)
        ]
    )


def refusal(*entries: tuple[str, dict[str, Any]]) -> tuple[str, str]:
    """Where and with what words they are refused."""
    with pytest.raises(NotMixable) as refused:
        mix(*entries)
    (problem,) = refused.value.problems
    return problem.pointer, problem.detail


def test_shifts_are_mixed_and_cut_freely() -> None:
    """Of both spectral methods, with any weight."""
    mix()
    mix(("svdiff", {"weight": -2.0, "subset": "CA"}), ("svdiff_band", {"rank_limit": 3, "blocks": {"up": 0.5}}))


@pytest.mark.parametrize("method", OTHERS)
def test_another_product_is_taken_alone(method: str) -> None:
    """Beside another, whichever comes first, the pointer is at what is no shift."""
    mix((method, {}))
    assert refusal((method, {}), ("svdiff", {}))[0] == "/shifts/0/id"
    pointer, told = refusal(("svdiff", {}), (method, {}))
    assert pointer == "/shifts/1/id"
    assert told == f"This was trained by the method {method!r}: such an adapter must be the only entry of `shifts`."


@pytest.mark.parametrize("method", OTHERS)
@pytest.mark.parametrize(
    ("name", "value"), [("subset", "CA"), ("layers", "rest"), ("blocks", {"up": 1.0}), ("rank_limit", 2)]
)
def test_another_product_has_no_parts(method: str, name: str, value: object) -> None:
    """The pointer is at the part."""
    pointer, told = refusal((method, {name: value}))
    assert (pointer, f"leave out `{name}`" in told) == (f"/shifts/0/{name}", True)


@pytest.mark.parametrize("weight", [-4.0, 0.0, 0.5, 4.0])
def test_only_low_rank_changes_have_a_weight(weight: float) -> None:
    """It scales ΔW; trained weights are taken as they are."""
    mix(("lora", {"weight": weight}))
    for method in ("full", "cross_attention_kv"):
        assert refusal((method, {"weight": weight}))[0] == "/shifts/0/weight"

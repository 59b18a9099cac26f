"""A prompt that the text encoder does not read to its end: the job runs, and its result says so."""

from tests.worker.conftest import Shop
from tests.worker.test_several_subjects import ask

LONG = "a photo of a dog " + "in the snow " * 8
CUT = {"code": "prompt_cut", "pointer": "/prompt"}


def test_a_generation_warns_of_a_prompt_that_was_cut(shop: Shop) -> None:
    """With the words that were not read; a short one has no warning."""
    long, short = shop.generation(prompt=LONG), shop.generation()
    shop.slot().run_until_idle()
    (warning,) = (shop.job(long).result or {})["warnings"]
    assert {name: warning[name] for name in CUT} == CUT
    assert "in the snow'" in warning["detail"]
    assert (shop.job(short).result or {})["warnings"] == []


def test_a_fine_tune_warns_of_its_prompts(shop: Shop) -> None:
    """Of each by its place."""
    job = ask(shop, (f"photo of a sks dog {LONG}", "photo of a dog"))
    shop.slot().run_until_idle()
    job = shop.job(job)
    assert job.state == "succeeded", job.error
    assert [one["pointer"] for one in (job.result or {})["warnings"]] == ["/subjects/0/instance_prompt"]


def test_a_fine_tune_warns_of_a_companion_that_was_cut(shop: Shop) -> None:
    """Behind the class prompt, which is read whole; a companion that is read has no warning."""
    companions = "next to a cup, " + "in the snow " * 12
    cut, read = (
        ask(shop, ("photo of a sks dog", "photo of a dog"), prior_companions=c) for c in (companions, "by a cup")
    )
    shop.slot().run_until_idle()
    warnings = [(shop.job(job).result or {})["warnings"] for job in (cut, read)]
    assert [one["pointer"] for one in warnings[0]] == ["/prior_companions"]
    assert "in the snow'" in warnings[0][0]["detail"]
    assert warnings[1] == []

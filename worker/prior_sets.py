"""Prior latents for a training: from the store, or made here for the whole deployment, or waited for."""

import time
from contextlib import closing

from torch import Tensor

from service import priors
from service.object_store import ObjectMissing
from service.priors import Making, Ready
from svdiff_core.base import Base
from svdiff_core.errors import PriorInvalid
from svdiff_core.prior import PriorDone, dump, key_of, load, sample_prior
from svdiff_core.recipe import Recipe
from worker.workbench import Workbench

SEED = 0  # priors belong to the deployment: the same for every tenant and every job
WAIT_SECONDS = 0.5


def latents(bench: Workbench, base: Base, class_prompt: str, recipe: Recipe) -> Tensor:
    """The latents (count, c, h, w) of pictures of the class that the untouched base makes."""
    key = key_of(base, class_prompt, recipe, SEED)
    while True:
        match ask(bench, key):
            case Ready(object_key):
                try:
                    return load(bench.store.get(object_key))
                except (ObjectMissing, PriorInvalid):
                    priors.forget(bench.database, key, object_key)
            case Making(mine=True):
                return make(bench, base, class_prompt, recipe, key)
            case Making(mine=False):
                bench.progress.step("prior")
                time.sleep(WAIT_SECONDS)


def make(bench: Workbench, base: Base, class_prompt: str, recipe: Recipe, key: str) -> Tensor:
    """Sample the set and publish it. Whoever stops on the way gives the right to make it up."""
    try:
        made = sampled(bench, base, class_prompt, recipe, key)
    except BaseException:
        priors.release(bench.database, key, bench.claim.token)
        raise
    object_key = f"priors/{key}/{bench.claim.token}"
    bench.store.put(object_key, dump(made), "application/octet-stream")
    winner = priors.done(bench.database, key, object_key)
    return made if winner == object_key else load(bench.store.get(winner))


def sampled(bench: Workbench, base: Base, class_prompt: str, recipe: Recipe, key: str) -> Tensor:
    """The set's latents, sampled while the right to make them is renewed."""
    renewed = time.monotonic()
    with closing(sample_prior(base, class_prompt, recipe, SEED, max_batch=bench.settings.max_batch)) as records:
        for record in records:
            if isinstance(record, PriorDone):
                return record.latents
            bench.progress.step("prior", record.step, record.steps)
            if time.monotonic() - renewed > bench.settings.heartbeat_seconds:
                ask(bench, key)
                renewed = time.monotonic()
    raise RuntimeError("sample_prior ended without PriorDone")


def ask(bench: Workbench, key: str) -> Ready | Making:
    """Ask for the set, or for the right to make it during a lease."""
    return priors.ask(bench.database, key, bench.claim.token, bench.settings.lease_seconds)

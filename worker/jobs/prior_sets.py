"""Prior latents for a training: from the store, or made here for the whole deployment, or waited for."""

import time
from contextlib import closing

from torch import Tensor

from service.assets import prior_sets
from service.assets.prior_sets import InProgress, Ready
from service.infra.object_store import ObjectMissing
from svdiff_core.base import Base
from svdiff_core.errors import PriorInvalid
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.training.prior import PriorDone, dump, load, prior_key, sample_prior
from worker.engine.context import JobContext

SEED = 0  # priors belong to the deployment: the same for every tenant and every job
WAIT_SECONDS = 0.5


def latents(bench: JobContext, base: Base, class_prompt: str, recipe: Recipe) -> Tensor:
    """The latents (count, c, h, w) of pictures of the class that the untouched base makes."""
    key = prior_key(base, class_prompt, recipe, SEED)
    while True:
        match acquire(bench, key):
            case Ready(object_key):
                try:
                    return load(bench.store.get(object_key))
                except (ObjectMissing, PriorInvalid):
                    prior_sets.discard(bench.database, key, object_key)
            case InProgress(mine=True):
                return make_set(bench, base, class_prompt, recipe, key)
            case InProgress(mine=False):
                bench.progress.step("prior")
                time.sleep(WAIT_SECONDS)


def make_set(bench: JobContext, base: Base, class_prompt: str, recipe: Recipe, key: str) -> Tensor:
    """Sample the set and publish it. Whoever stops on the way gives the right to make it up."""
    try:
        made = sample_set(bench, base, class_prompt, recipe, key)
    except BaseException:
        prior_sets.release(bench.database, key, bench.claim.token)
        raise
    object_key = f"priors/{key}/{bench.claim.token}"
    bench.store.put(object_key, dump(made), "application/octet-stream")
    winner = prior_sets.publish(bench.database, key, object_key)
    return made if winner == object_key else load(bench.store.get(winner))


def sample_set(bench: JobContext, base: Base, class_prompt: str, recipe: Recipe, key: str) -> Tensor:
    """The set's latents, sampled while the right to make them is renewed."""
    renewed = time.monotonic()
    with closing(sample_prior(base, class_prompt, recipe, SEED, max_batch=bench.settings.max_batch_size)) as records:
        for record in records:
            if isinstance(record, PriorDone):
                return record.latents
            bench.progress.step("prior", record.step, record.steps)
            if time.monotonic() - renewed > bench.settings.heartbeat_interval_seconds:
                acquire(bench, key)
                renewed = time.monotonic()
    raise RuntimeError("sample_prior ended without PriorDone")


def acquire(bench: JobContext, key: str) -> Ready | InProgress:
    """Ask for the set, or for the right to make it during a lease."""
    return prior_sets.acquire(bench.database, key, bench.claim.token, bench.settings.lease_seconds)

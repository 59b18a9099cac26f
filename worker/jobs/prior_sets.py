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


def latents(context: JobContext, base: Base, class_prompt: str, recipe: Recipe) -> Tensor:
    """The latents (count, c, h, w) of pictures of the class that the untouched base makes."""
    key = prior_key(base, class_prompt, recipe, SEED)
    while True:
        match acquire(context, key):
            case Ready(object_key):
                try:
                    return load(context.store.get(object_key))
                except (ObjectMissing, PriorInvalid):
                    prior_sets.discard(context.database, key, object_key)
            case InProgress(mine=True):
                return make_set(context, base, class_prompt, recipe, key)
            case InProgress(mine=False):
                context.progress.step("prior")
                time.sleep(WAIT_SECONDS)


def make_set(context: JobContext, base: Base, class_prompt: str, recipe: Recipe, key: str) -> Tensor:
    """Sample the set and publish it. An attempt that stops on the way gives up the right to make it."""
    try:
        sampled = sample_set(context, base, class_prompt, recipe, key)
    except BaseException:
        prior_sets.release(context.database, key, context.claim.token)
        raise
    object_key = f"priors/{key}/{context.claim.token}"
    context.store.put(object_key, dump(sampled), "application/octet-stream")
    winner = prior_sets.publish(context.database, key, object_key)
    return sampled if winner == object_key else load(context.store.get(winner))


def sample_set(context: JobContext, base: Base, class_prompt: str, recipe: Recipe, key: str) -> Tensor:
    """The set's latents, sampled while the right to make them is renewed."""
    renewed = time.monotonic()
    with closing(sample_prior(base, class_prompt, recipe, SEED, max_batch=context.settings.max_batch_size)) as records:
        for record in records:
            if isinstance(record, PriorDone):
                return record.latents
            context.progress.step("prior", record.step, record.steps)
            if time.monotonic() - renewed > context.settings.heartbeat_interval_seconds:
                acquire(context, key)
                renewed = time.monotonic()
    raise RuntimeError("sample_prior ended without PriorDone")


def acquire(context: JobContext, key: str) -> Ready | InProgress:
    """The set, or the right to make it for the time of a lease; renews that right."""
    return prior_sets.acquire(context.database, key, context.claim.token, context.settings.lease_seconds)

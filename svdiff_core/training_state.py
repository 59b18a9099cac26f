"""Where a training stands: δ, Adam's two moments and the step, a few MB that resume it bit for bit."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import safetensors
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import StateMismatch
from svdiff_core.recipe import Recipe
from svdiff_core.subject import Subject

METADATA_KEY = "svdiff_training"


@dataclass(frozen=True)
class TrainingState:
    """State after `step` steps. `digest` says what training it belongs to; tensors are on the CPU."""

    step: int
    digest: str
    tensors: Mapping[str, Tensor]


def digest_of(
    base: Base, subjects: Sequence[Subject], recipe: Recipe, seed: int, priors: Sequence[Tensor | None]
) -> str:
    """sha256 hex of all that decides how a training goes: base, dtype, recipe, seed, words and pictures."""
    facts = [base.fingerprint, str(base.dtype), recipe.to_mapping(), seed, [asdict(s.words) for s in subjects]]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for tensor in (*(subject.pictures for subject in subjects), *priors):
        if tensor is not None:
            digest.update(str(tuple(tensor.shape)).encode())
            digest.update(tensor.float().cpu().contiguous().numpy().data)
    return digest.hexdigest()


def dump(state: TrainingState) -> bytes:
    """The state as a safetensors file; the same state gives the same bytes."""
    text = json.dumps({"step": state.step, "digest": state.digest}, sort_keys=True)
    data: bytes = save_tensors(dict(state.tensors), metadata={METADATA_KEY: text})
    return data


def load(data: bytes) -> TrainingState:
    """Read what `dump` wrote.

    Raises:
        StateMismatch: the file is damaged, or holds something else.
    """
    try:
        length = int.from_bytes(data[:8], "little")
        facts = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][METADATA_KEY])
        return TrainingState(int(facts["step"]), str(facts["digest"]), load_tensors(data))
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise StateMismatch("the file is damaged") from error

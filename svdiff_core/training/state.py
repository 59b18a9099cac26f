"""The state of a training: δ, Adam's two moments and the step, a few MB that resume it bit for bit."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import safetensors
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import StateMismatch
from svdiff_core.parameters.early_stopping import Check
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.training.subjects import Subject

METADATA_KEY = "svdiff_training"
BEST = "best/"  # before the names of the best check's tensors


@dataclass(frozen=True)
class MonitorState:
    """The checks so far, and the adapter's tensors at the best of them.

    `digest` identifies what was measured, and by which rule.
    """

    digest: str
    checks: tuple[Check, ...] = ()
    best: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingState:
    """State after `step` steps. `digest` identifies the training it belongs to; tensors are on the CPU.

    `monitor` is there for a training that is measured while it runs.
    """

    step: int
    digest: str
    tensors: Mapping[str, Tensor]
    monitor: MonitorState | None = None


def training_digest(
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
    facts: dict[str, Any] = {"step": state.step, "digest": state.digest}
    tensors = dict(state.tensors)
    if state.monitor is not None:
        checks = [asdict(check) for check in state.monitor.checks]
        facts["monitor"] = {"digest": state.monitor.digest, "checks": checks}
        tensors |= {BEST + name: tensor for name, tensor in state.monitor.best.items()}
    text = json.dumps(facts, sort_keys=True)
    data: bytes = save_tensors(tensors, metadata={METADATA_KEY: text})
    return data


def load(data: bytes) -> TrainingState:
    """Read what `dump` wrote.

    Raises:
        StateMismatch: the file is damaged, or holds something else.
    """
    try:
        length = int.from_bytes(data[:8], "little")
        facts = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][METADATA_KEY])
        stored: dict[str, Tensor] = load_tensors(data)
        own = {name: tensor for name, tensor in stored.items() if not name.startswith(BEST)}
        return TrainingState(int(facts["step"]), str(facts["digest"]), own, _monitor(facts, stored))
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise StateMismatch("the file is damaged") from error


def _monitor(facts: Mapping[str, Any], stored: Mapping[str, Tensor]) -> MonitorState | None:
    if "monitor" not in facts:
        return None
    checks = tuple(Check(**check) for check in facts["monitor"]["checks"])
    best = {name.removeprefix(BEST): tensor for name, tensor in stored.items() if name.startswith(BEST)}
    return MonitorState(str(facts["monitor"]["digest"]), checks, best)

"""One training run: parameters, their average, AdamW, and where it stands; all of it in one safetensors file."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


@dataclass
class Run:
    """A resumable run over named modules."""

    modules: dict[str, Any]  # of nn.Module
    rate: float
    decay: float
    average_rate: float
    settings: str  # a digest: a file of other settings is not resumed
    step: int = 0
    elapsed: float = 0.0  # seconds of training, over all its sittings
    average: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the average at the parameters, and AdamW without decay of vectors and embeddings."""
        self.average = {name: p.detach().clone() for name, p in self.parameters()}
        self.optimizer = torch.optim.AdamW(self._groups(), lr=self.rate, betas=(0.9, 0.99), fused=True)

    def parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Yield ("module.parameter", parameter)."""
        for module_name, module in self.modules.items():
            for name, parameter in module.named_parameters():
                yield f"{module_name}.{name}", parameter

    def _groups(self) -> list[dict[str, object]]:
        kept = [p for name, p in self.parameters() if p.ndim < 2 or "embedding" in name]
        decayed = [p for name, p in self.parameters() if p.ndim >= 2 and "embedding" not in name]
        return [{"params": decayed, "weight_decay": self.decay}, {"params": kept, "weight_decay": 0.0}]

    def update(self, loss: Tensor, rate: float, clip: float) -> None:
        """Take one step of AdamW at this rate and move the average along."""
        loss.backward()
        nn.utils.clip_grad_norm_([p for _, p in self.parameters()], clip)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        # A young average would remember the initial weights: let it follow faster at first.
        share = 1 - min(self.average_rate, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.average.values()), [p.detach() for _, p in self.parameters()], share)

    def use_average(self) -> None:
        """Copy the averaged parameters into the modules."""
        with torch.no_grad():
            for name, parameter in self.parameters():
                parameter.copy_(self.average[name])

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Lend the averaged parameters to the modules for a while."""
        own = {name: parameter.detach().clone() for name, parameter in self.parameters()}
        self.use_average()
        try:
            yield
        finally:
            with torch.no_grad():
                for name, parameter in self.parameters():
                    parameter.copy_(own[name])

    def save(self, path: Path) -> None:
        """Write the whole state; a crash in between leaves the previous file."""
        tensors = {f"average/{name}": value for name, value in self.average.items()}
        for name, parameter in self.parameters():
            tensors[f"parameter/{name}"] = parameter.detach()
            tensors |= {f"{key}/{name}": value for key, value in self.optimizer.state[parameter].items()}
        about = {"step": self.step, "elapsed": self.elapsed, "settings": self.settings}
        partial = path.with_suffix(".partial")
        save_file({key: value.contiguous() for key, value in tensors.items()}, partial, {"run": json.dumps(about)})
        os.replace(partial, path)  # noqa: PTH105 — atomic, and so named

    def resume(self, path: Path) -> bool:
        """Read the state of a run of the same settings; False where there is none."""
        if not path.exists():
            return False
        with safe_open(path, framework="pt") as stored:
            about = json.loads(stored.metadata()["run"])
            if about["settings"] != self.settings:
                return False
            with torch.no_grad():
                for name, parameter in self.parameters():
                    parameter.copy_(stored.get_tensor(f"parameter/{name}"))
                    self.average[name].copy_(stored.get_tensor(f"average/{name}"))
                    keys = ("step", "exp_avg", "exp_avg_sq")
                    self.optimizer.state[parameter] = {key: stored.get_tensor(f"{key}/{name}") for key in keys}
        self.step, self.elapsed = about["step"], about["elapsed"]
        return True


class Stopwatch:
    """Adds the time between its laps to a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._last = time.monotonic()

    def lap(self) -> float:
        """Return the seconds since the last lap, and count them."""
        now = time.monotonic()
        lap, self._last = now - self._last, now
        self._run.elapsed += lap
        return lap

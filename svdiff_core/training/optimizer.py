"""AdamW over the trained tensors of all parts: a rate for matrices, one for vectors, scaled in the text encoder."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from svdiff_core.errors import StateMismatch
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.spaces.space import TunedModule
from svdiff_core.training.averages import Averages

_MOMENTS = ("exp_avg", "exp_avg_sq")
_AVERAGE = "average"


class Optimizer:
    """torch's AdamW with the recipe's settings, and averages over steps; its state is a flat mapping of tensors."""

    def __init__(self, modules: Mapping[str, TunedModule], recipe: Recipe) -> None:
        by_part = {part: module.groups() for part, module in modules.items()}
        self._parameters = {f"{part}.{name}": p for part, group in by_part.items() for name, p in group.all.items()}
        groups: list[dict[str, Any]] = []
        for part, group in by_part.items():
            factor = recipe.text_encoder_learning_rate_scale if part == "text_encoder" else 1.0
            groups.append({"params": list(group.matrices.values()), "lr": factor * recipe.learning_rate})
            groups.append({"params": list(group.vectors.values()), "lr": factor * recipe.learning_rate_1d})
        betas = (recipe.beta1, recipe.beta2)
        self._adam = torch.optim.AdamW(groups, betas=betas, weight_decay=recipe.weight_decay, foreach=False)
        self._clip = recipe.max_grad_norm
        self._averages = Averages(self._parameters, recipe.ema_decay)

    def clip_gradient(self) -> float:
        """Clip the gradient, and return the norm of all of it before clipping."""
        return float(torch.nn.utils.clip_grad_norm_(self._parameters.values(), self._clip))

    def step(self, number: int) -> None:
        """Change the trained tensors by the gradient, in this step of the training, counted from 1."""
        self._adam.step()
        self._averages.update(number)

    def with_averages(self) -> AbstractContextManager[None]:
        """Let the trained tensors hold their averages meanwhile, if the recipe has any; no step may be made."""
        return self._averages.with_averages()

    def zero_grad(self) -> None:
        """Drop the gradient."""
        self._adam.zero_grad(set_to_none=True)

    def tensors(self) -> dict[str, Tensor]:
        """Copies on the CPU of the trained tensors (δ in a spectral space), their two moments and any averages."""
        trained, averages = self._averages.tensors()
        copies: dict[str, Tensor] = {}
        for name, parameter in self._parameters.items():
            state = self._adam.state.get(parameter, {})
            copies[f"{name}.delta"] = trained[name].cpu().clone()
            for moment in _MOMENTS:
                copies[f"{name}.{moment}"] = state.get(moment, torch.zeros_like(parameter)).detach().cpu().clone()
        return copies | {f"{name}.{_AVERAGE}": average.cpu().clone() for name, average in averages.items()}

    def restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Restore copies that `tensors` made after `step` steps.

        Raises:
            StateMismatch: one is missing or of another shape.
        """
        for name, parameter in self._parameters.items():
            for kind in ("delta", *_MOMENTS, *((_AVERAGE,) if name in self._averages.names else ())):
                key = f"{name}.{kind}"
                if key not in tensors or tensors[key].shape != parameter.shape:
                    raise StateMismatch(f"{key} is missing or of another shape")
        for name, parameter in self._parameters.items():
            parameter.data.copy_(tensors[f"{name}.delta"])
            moments = {m: tensors[f"{name}.{m}"].to(parameter.device).clone() for m in _MOMENTS}
            self._adam.state[parameter] = {"step": torch.tensor(float(step)), **moments}
        self._averages.restore({name: tensors[f"{name}.{_AVERAGE}"] for name in self._averages.names})

from collections.abc import Callable

import pytest
import torch
from torch import nn

from svdiff_core.base import Base
from svdiff_core.errors import FactorsInvalid, ShiftDoesNotFit, UnsupportedModule
from svdiff_core.spectral.factors import Factors, compute
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.spectral.merge import merge
from svdiff_core.spectral.module import attach


class Tied(nn.Module):
    """A language model's head that shares its embedding's weight."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits (B, T, 7)."""
        logits: torch.Tensor = self.head(self.norm(self.embed(ids)))
        return logits


def test_a_tied_weight_is_tuned_once_and_in_both_places() -> None:
    """The embedding and the head share one δ, and the factored form equals the merged one."""
    torch.manual_seed(0)
    model = Tied()
    assert list(tuned_weights(model)) == ["embed", "norm"]
    factors = compute(tuned_weights(model))
    ids, deltas = torch.arange(6).view(2, 3), {"embed": torch.randn(4), "norm": torch.randn(4)}
    merged = merge(model, factors, deltas)
    expected = model(ids).detach()
    merged.undo()
    handle = attach(model, factors, deltas)
    torch.testing.assert_close(model(ids), expected, rtol=1e-4, atol=1e-5)
    handle.detach()


@pytest.mark.parametrize(
    ("module", "name", "kind"),
    [
        (nn.Sequential(nn.MultiheadAttention(4, 2)), "0", "MultiheadAttention"),
        (nn.ModuleDict({"block": nn.TransformerEncoderLayer(4, 2, 8)}), "block", "TransformerEncoderLayer"),
        (nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), "1", "BatchNorm1d"),
        (nn.Sequential(nn.Embedding(3, 2, max_norm=1.0)), "0", "Embedding"),
    ],
)
def test_a_module_that_cannot_carry_a_shift_is_refused_by_name(module: nn.Module, name: str, kind: str) -> None:
    """The error names the module and its class instead of tuning it wrongly."""
    with pytest.raises(UnsupportedModule, match=f"'{name}' \\({kind}\\)"):
        tuned_weights(module)


def test_biases_and_norms_without_scale_are_not_tuned() -> None:
    """Only parameters named weight count."""
    module = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2, elementwise_affine=False), nn.ReLU(), nn.GroupNorm(1, 2))
    assert list(tuned_weights(module)) == ["0", "3"]


@pytest.mark.parametrize("put_on", [attach, merge])
def test_a_delta_that_does_not_fit_is_refused_by_layer(put_on: Callable[..., object]) -> None:
    """An unknown layer or a wrong length raises before anything changes."""
    module = nn.Sequential(nn.Linear(3, 2))
    before = module.get_parameter("0.weight").clone()
    factors = compute(tuned_weights(module))
    with pytest.raises(ShiftDoesNotFit, match="'1'"):
        put_on(module, factors, {"0": torch.ones(2), "1": torch.ones(2)})
    with pytest.raises(ShiftDoesNotFit, match="3 values where 2"):
        put_on(module, factors, {"0": torch.ones(3)})
    assert torch.equal(module.get_parameter("0.weight"), before)
    assert "forward" not in module[0].__dict__


def test_missing_factors_are_named() -> None:
    """A layer without factors raises an error that names it."""
    with pytest.raises(FactorsInvalid, match="'0'"):
        attach(nn.Sequential(nn.Linear(3, 2)), Factors({}))


def test_detaching_leaves_no_trace() -> None:
    """Names, state, hooks, forwards and output are those of the original module, bit for bit."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4))
    x = torch.randn(2, 3, 5, 5)
    plain, keys = module(x), list(module.state_dict())
    handle = attach(module, compute(tuned_weights(module)), {"0": torch.ones(4)})
    assert list(module.state_dict()) == keys
    assert not torch.equal(module(x), plain)
    handle.detach()
    assert torch.equal(module(x), plain)
    assert not module._forward_pre_hooks  # noqa: SLF001 — torch has no public list of hooks
    assert all("forward" not in child.__dict__ for child in module.modules())


def test_attaching_twice_is_refused() -> None:
    """A second attach of one handle would lose the way back."""
    module = nn.Sequential(nn.Linear(2, 2))
    handle = attach(module, compute(tuned_weights(module)))
    with pytest.raises(RuntimeError, match="already attached"):
        handle.attach()
    handle.detach()


def test_undoing_a_merge_restores_the_very_tensors() -> None:
    """The original storage comes back, not a copy, also after two merges on top of each other."""
    module = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
    factors = compute(tuned_weights(module))
    pointers = [p.data_ptr() for p in module.parameters()]
    before = [p.clone() for p in module.parameters()]
    first = merge(module, factors, {"0": torch.ones(3), "1": torch.ones(3)})
    second = merge(module, factors, {"0": torch.ones(3)})
    second.undo()
    first.undo()
    assert [p.data_ptr() for p in module.parameters()] == pointers
    assert all(torch.equal(p, b) for p, b in zip(module.parameters(), before, strict=True))


def test_deltas_come_back_by_layer() -> None:
    """What was set is what is read, and layers not named are zero."""
    module = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2), nn.Linear(2, 5))
    handle = attach(module, compute(tuned_weights(module)), {"2": torch.tensor([1.0, 2.0])})
    handle.detach()
    deltas = {name: delta.tolist() for name, delta in handle.deltas().items()}
    assert deltas == {"0": [0.0, 0.0], "1": [0.0, 0.0], "2": [1.0, 2.0]}


def test_the_clipped_fraction_counts_what_the_relu_cuts_off() -> None:
    """Half of the singular values pushed below zero make a share of one half."""
    module = nn.Sequential(nn.Linear(4, 4))
    handle = attach(module, compute(tuned_weights(module)), {"0": torch.tensor([-1e3, -1e3, 0.0, 0.0])})
    handle.detach()
    assert handle.clipped_fraction() == 0.5


def test_a_whole_denoiser_at_zero_shift_is_the_base(base: Base) -> None:
    """UNet and text encoder in factored form at δ = 0 answer as the base does, to 1e-4 relative."""
    generator = torch.Generator().manual_seed(0)
    x, t = torch.randn((2, 4, 8, 8), generator=generator), torch.tensor([10, 700])
    with torch.no_grad():
        plain = base.family.denoise(x, t, base.family.encode_prompts(["a dog", "a cat"]))
        handles = [attach(module, base.factors.part(part)) for part, module in base.family.parts.items()]
        factored = base.family.denoise(x, t, base.family.encode_prompts(["a dog", "a cat"]))
        for handle in handles:
            handle.detach()
    assert (factored - plain).norm() / plain.norm() < 1e-4

"""Every kind of layer, in every form: against the merged weight and against autograd through the rebuilt one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from svdiff_core.shift.subsets import floats
from svdiff_core.spectral.factors import Factors, compute
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.spectral.merge import merge
from svdiff_core.spectral.module import attach

B = 3
assert_close = partial(torch.testing.assert_close, rtol=1e-4, atol=1e-5)


@dataclass(frozen=True)
class Case:
    """A layer and the shape of its input, without the batch."""

    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    vocabulary: int = 0  # of an embedding: its input is ids


CASES = {
    "linear": Case(lambda: nn.Linear(6, 4), (5, 6)),
    "linear without tokens": Case(lambda: nn.Linear(4, 9, bias=False), (4,)),
    "linear of images of tokens": Case(lambda: nn.Linear(4, 4), (2, 3, 4)),
    "embedding": Case(lambda: nn.Embedding(11, 4), (5,), vocabulary=11),
    "embedding of few": Case(lambda: nn.Embedding(3, 8), (2, 2), vocabulary=3),
    "conv1d": Case(lambda: nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2), (4, 9)),
    "conv2d": Case(lambda: nn.Conv2d(3, 5, 3, padding=1), (3, 6, 7)),
    "conv2d 1x1": Case(lambda: nn.Conv2d(6, 4, 1, bias=False), (6, 3, 3)),
    "conv2d strided": Case(lambda: nn.Conv2d(4, 8, (3, 2), stride=(2, 1), padding=(0, 1), dilation=(1, 2)), (4, 7, 6)),
    "conv2d grouped": Case(lambda: nn.Conv2d(4, 8, 3, stride=2, padding=2, dilation=2, groups=2), (4, 7, 6)),
    "conv2d depthwise": Case(lambda: nn.Conv2d(6, 6, 3, padding=1, groups=6), (6, 5, 5)),
    "conv2d same": Case(lambda: nn.Conv2d(3, 4, (3, 4), padding="same", dilation=2), (3, 6, 6)),
    "conv2d reflect": Case(lambda: nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect", groups=2), (4, 5, 5)),
    "conv2d circular same": Case(lambda: nn.Conv2d(2, 4, 4, padding="same", padding_mode="circular"), (2, 6, 6)),
    "conv3d": Case(lambda: nn.Conv3d(4, 6, (1, 3, 3), stride=(1, 2, 1), padding=1, groups=2), (4, 2, 5, 4)),
    "transposed conv1d": Case(lambda: nn.ConvTranspose1d(6, 4, 3, stride=2, padding=1, output_padding=1), (6, 5)),
    "transposed conv2d": Case(lambda: nn.ConvTranspose2d(3, 5, 3, stride=2, padding=1, dilation=2), (3, 4, 5)),
    "transposed conv2d grouped": Case(
        lambda: nn.ConvTranspose2d(6, 4, (3, 2), stride=2, output_padding=(1, 0), groups=2, bias=False), (6, 3, 4)
    ),
    "layer norm": Case(lambda: nn.LayerNorm(6), (5, 6)),
    "layer norm without bias": Case(lambda: nn.LayerNorm(6, bias=False), (6,)),
    "layer norm of images": Case(lambda: nn.LayerNorm((3, 4)), (2, 3, 4)),
    "group norm": Case(lambda: nn.GroupNorm(2, 6), (6, 4, 3)),
    "group norm of vectors": Case(lambda: nn.GroupNorm(3, 6), (6,)),
}


class Setting:
    """A case with weights, input, factors and three random δ."""

    def __init__(self, case: Case) -> None:
        torch.manual_seed(0)
        self.module = nn.Sequential(case.make())
        for parameter in self.module.parameters():
            parameter.data.normal_()
        if case.vocabulary:
            self.x = torch.randint(case.vocabulary, (B, *case.shape))
        else:
            self.x = torch.randn(B, *case.shape)
        self.weight = self.module.get_parameter("0.weight")
        self.factors = compute(tuned_weights(self.module))
        length = floats(tuple(self.weight.shape))
        self.deltas = torch.randn(B, length)  # large enough that the ReLU cuts some values off

    def merged(self, delta: Tensor, x: Tensor) -> Tensor:
        """The output of the plain module with δ in its weights."""
        handle = merge(self.module, self.factors, {"0": delta})
        try:
            output: Tensor = self.module(x)
            return output.detach()
        finally:
            handle.undo()

    def factored(self, delta: Tensor, x: Tensor) -> Tensor:
        """The output of the factored module."""
        handle = attach(self.module, self.factors, {"0": delta})
        try:
            output: Tensor = self.module(x)
            return output
        finally:
            handle.detach()


@pytest.fixture(params=CASES, ids=str)
def setting(request: pytest.FixtureRequest) -> Setting:
    """Each kind of layer in turn."""
    return Setting(CASES[request.param])


def test_a_zero_shift_is_the_layer_itself(setting: Setting) -> None:
    """Merged, δ = 0 is the layer bit for bit; factored, to 1e-4 relative."""
    zero = torch.zeros_like(setting.deltas[0])
    plain = setting.module(setting.x)
    assert torch.equal(setting.merged(zero, setting.x), plain)
    assert_close(setting.factored(zero, setting.x), plain)


def test_the_factored_form_equals_the_merged_one(setting: Setting) -> None:
    """The same δ gives the same output in both forms."""
    for delta in setting.deltas:
        assert_close(setting.factored(delta, setting.x), setting.merged(delta, setting.x))


def test_a_shift_a_sample_equals_separate_runs(setting: Setting) -> None:
    """δ of shape (B, r) gives sample i what δᵢ alone gives it."""
    separate = [setting.merged(setting.deltas[i], setting.x[i : i + 1]) for i in range(B)]
    assert_close(setting.factored(setting.deltas, setting.x), torch.cat(separate))


def test_the_gradient_of_the_shift_is_that_through_a_rebuilt_weight(setting: Setting) -> None:
    """∂/∂δ of the factored form equals autograd through W_δ = U diag(ReLU(σ + δ)) Vᵀ, and so does ∂/∂x."""
    x = setting.x.clone().requires_grad_(setting.x.is_floating_point())
    delta = setting.deltas[0].clone().requires_grad_()
    rebuilt = functional_call(setting.module, {"0.weight": rebuild(setting, delta)}, (x,))
    g = torch.randn(rebuilt.shape, generator=torch.Generator().manual_seed(1))
    inputs = [delta, x] if x.requires_grad else [delta]
    expected = torch.autograd.grad(rebuilt, inputs, g)

    handle = attach(setting.module, setting.factors, {"0": setting.deltas[0]}, trainable=True)
    flat = [parameter for parameter in handle.parameters() if parameter.numel()]
    actual = torch.autograd.grad(setting.module(x), [*flat, *inputs[1:]], g)
    handle.detach()
    for a, e in zip(actual, expected, strict=True):
        assert_close(a, e)


def test_gradients_of_a_shift_a_sample_equal_separate_runs(setting: Setting) -> None:
    """Each sample's δ receives the gradient of its own output only."""
    handle = attach(setting.module, setting.factors, {"0": setting.deltas}, trainable=True)
    setting.module(setting.x).square().sum().backward()
    together = torch.cat([p.grad for p in handle.parameters() if p.grad is not None], dim=-1)
    handle.detach()
    for i in range(B):
        alone = attach(setting.module, setting.factors, {"0": setting.deltas[i]}, trainable=True)
        setting.module(setting.x[i : i + 1]).square().sum().backward()
        separate = torch.cat([p.grad for p in alone.parameters() if p.grad is not None])
        alone.detach()
        assert_close(together[i], separate)


def test_only_shifts_receive_gradients(setting: Setting) -> None:
    """After a backward pass no weight, bias or factor has a gradient, and weights ask again once detached."""
    handle = attach(setting.module, setting.factors, {"0": setting.deltas[0]}, trainable=True)
    setting.module(setting.x).sum().backward()
    assert all(parameter.grad is None for parameter in setting.module.parameters())
    assert not any(factor.U.requires_grad or factor.Vt.requires_grad for factor in setting.factors.matrices.values())
    assert any(parameter.grad is not None for parameter in handle.parameters())
    handle.detach()
    assert all(parameter.requires_grad for parameter in setting.module.parameters())


def rebuild(setting: Setting, delta: Tensor) -> Tensor:
    """W_δ as the public implementation writes it: through a dense diagonal."""
    weight = setting.weight.detach()
    if weight.ndim == 1:
        return weight + delta
    factor = setting.factors.matrices["0"]
    return (factor.U @ torch.diag((factor.sigma + delta).relu()) @ factor.Vt).view(weight.shape)


def test_a_transposed_convolution_honors_an_output_size() -> None:
    """The optional argument of ConvTranspose's forward works in factored form too."""
    layer = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1)
    x = torch.randn(2, 4, 5, 5)
    plain = layer(x, output_size=(10, 10))
    handle = attach(layer, compute(tuned_weights(layer)))
    assert_close(layer(x, output_size=(10, 10)), plain)
    handle.detach()


def test_the_factored_form_runs_in_bfloat16() -> None:
    """In bfloat16 the two forms agree to that dtype's precision, and δ stays float32."""
    setting = Setting(CASES["conv2d"])
    setting.module.bfloat16()
    factors: Factors = setting.factors.to("cpu", torch.bfloat16)
    x = setting.x.bfloat16()
    plain = setting.module(x)
    handle = attach(setting.module, factors, trainable=True)
    y = setting.module(x)
    y.float().sum().backward()
    handle.detach()
    assert y.dtype == torch.bfloat16
    assert all(parameter.dtype == torch.float32 for parameter in handle.parameters())
    torch.testing.assert_close(y, plain, rtol=5e-2, atol=5e-2)

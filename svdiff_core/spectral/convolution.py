"""Convolutions in factored form: r filters from Vᵀ, a scale, and a 1x1 convolution with U."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from torch import Tensor, nn
from torch.nn import functional

from svdiff_core.spectral.factored_weight import FactoredWeight

Conv: TypeAlias = nn.Conv1d | nn.Conv2d | nn.Conv3d
ConvTranspose: TypeAlias = nn.ConvTranspose1d | nn.ConvTranspose2d

_CONV: dict[int, Callable[..., Tensor]] = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
_TRANSPOSE: dict[int, Callable[..., Tensor]] = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d}


def convolution(layer: Conv, factored: FactoredWeight) -> Callable[[Tensor], Tensor]:
    """The layer y = U(s ⊙ (Vᵀ * x)) + b.

    W is (c_out, c_in/groups, *k), so M = c_out. All groups share one Vᵀ: it is applied to each group's
    channels as if they were samples, and U's rows then belong to the groups in order.
    """
    n = len(layer.kernel_size)
    conv = _CONV[n]
    filters, mixing = _filters(layer, factored), _pointwise(factored.matrix.U, n)  # (r, c_in/g, *k), (M, r, 1..)
    padding = 0 if layer.padding_mode != "zeros" else layer.padding
    groups = layer.groups

    def forward(x: Tensor) -> Tensor:  # (B, c_in, *space)
        if layer.padding_mode != "zeros":
            x = functional.pad(x, layer._reversed_padding_repeated_twice, mode=layer.padding_mode)  # noqa: SLF001 — torch keeps the sides of padding="same" there only
        h = conv(_fold(x, groups), filters, None, layer.stride, padding, layer.dilation)
        h = factored.channels(_unfold(h, groups), groups)  # (B, g·r, *space)
        return conv(h, mixing, layer.bias, groups=groups)  # (B, c_out, *space)

    return forward


def transposed_convolution(layer: ConvTranspose, factored: FactoredWeight) -> Callable[..., Tensor]:
    """The layer y = Vᵀ *ᵀ (s ⊙ Uᵀx) + b.

    W is (c_in, c_out/groups, *k), so M = c_in: here U reads the input and Vᵀ writes the output.
    """
    n = len(layer.kernel_size)
    groups = layer.groups
    filters = _filters(layer, factored)  # (r, c_out/g, *k)
    reading = _pointwise(_transposed(factored.matrix.U, groups), n)  # (g·r, c_in/g, 1..)

    def forward(x: Tensor, output_size: Sequence[int] | None = None) -> Tensor:  # (B, c_in, *space)
        h = factored.channels(_CONV[n](x, reading, groups=groups), groups, transposed=True)  # (B, g·r, *space)
        y = _TRANSPOSE[n](
            _fold(h, groups),
            filters,
            None,
            layer.stride,
            layer.padding,
            _output_padding(layer, x, output_size),
            1,
            layer.dilation,
        )
        y = _unfold(y, groups)
        return y if layer.bias is None else y + layer.bias.view(-1, *[1] * n)

    return forward


def _filters(layer: Conv | ConvTranspose, factored: FactoredWeight) -> Tensor:
    Vt = factored.matrix.Vt
    return Vt.view(Vt.shape[0], *layer.weight.shape[1:])


def _transposed(U: Tensor, groups: int) -> Tensor:
    """Uᵀ of each group's rows, below each other: (c_in, r) to (g·r, c_in/g)."""
    return U.view(groups, -1, U.shape[1]).mT.flatten(0, 1)


def _pointwise(matrix: Tensor, n: int) -> Tensor:
    """A matrix as the weight of a convolution with a kernel of one pixel in n dimensions."""
    return matrix.reshape(*matrix.shape, *[1] * n)


def _fold(x: Tensor, groups: int) -> Tensor:
    """(B, g·c, *space) to (B·g, c, *space)."""
    return x if groups == 1 else x.reshape(x.shape[0] * groups, -1, *x.shape[2:])


def _unfold(x: Tensor, groups: int) -> Tensor:
    """(B·g, c, *space) to (B, g·c, *space)."""
    return x if groups == 1 else x.reshape(x.shape[0] // groups, -1, *x.shape[2:])


def _output_padding(layer: ConvTranspose, x: Tensor, size: Sequence[int] | None) -> Sequence[int]:
    n = len(layer.kernel_size)
    return layer._output_padding(  # noqa: SLF001 — the only place torch turns an output size into a padding
        x,
        None if size is None else list(size),
        list(layer.stride),
        list(layer.padding),  # type: ignore[arg-type]
        list(layer.kernel_size),
        n,
        list(layer.dilation),
    )

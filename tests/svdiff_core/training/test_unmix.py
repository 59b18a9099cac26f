from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from svdiff_core.base import Base
from svdiff_core.errors import RecipeInvalid
from svdiff_core.families.cross_attention import CrossAttention, record_attention
from svdiff_core.families.stable_diffusion import StableDiffusion, sd_v1_unet_on_meta
from svdiff_core.process.ddim import Ddim
from svdiff_core.training.unmix import TokenPositions, unmix_loss

POSITIONS = TokenPositions(left=(1,), right=(2, 3))


def example_maps() -> Tensor:
    """Maps of one picture, 2x4 places, 4 tokens, as a person would draw them."""
    maps = torch.zeros(1, 2, 4, 4, dtype=torch.float64)
    maps[0, :, :, 1] = torch.tensor([[9.0, 9, 1, 0], [9, 9, 0, 3]])  # V1: what counts is its right half
    maps[0, :, :, 2] = torch.tensor([[2.0, 0, 9, 9], [0, 0, 9, 9]])  # V2, first piece: its left half
    maps[0, :, :, 3] = torch.tensor([[2.0, 4, 9, 9], [0, 0, 9, 9]])  # V2, second piece
    maps[0, :, :, 0] = 7  # nobody's token
    return maps


def test_the_loss_is_the_mean_square_of_each_token_on_the_others_half() -> None:
    """Sub-tokens are summed before squaring: (1 + 9) / 4 for V1, (16 + 16) / 4 for V2."""
    assert unmix_loss(example_maps(), POSITIONS).item() == pytest.approx(10 / 4 + 32 / 4)
    turned = TokenPositions(left=POSITIONS.right, right=POSITIONS.left)
    assert unmix_loss(example_maps().flip(2), turned).item() == pytest.approx(10 / 4 + 32 / 4)
    two = torch.cat([example_maps(), torch.zeros_like(example_maps())])
    assert unmix_loss(two, POSITIONS).item() == pytest.approx(10.5 / 2), "a mean over the batch"


def test_only_the_other_half_of_the_special_tokens_gets_a_gradient() -> None:
    """The masks, seen from behind."""
    maps = (example_maps() + 1).requires_grad_()
    unmix_loss(maps, POSITIONS).backward()
    assert maps.grad is not None
    moved = maps.grad[0] != 0
    expected = torch.zeros(2, 4, 4, dtype=torch.bool)
    expected[:, 2:, 1] = True
    expected[:, :2, 2:] = True
    assert torch.equal(moved, expected)


@pytest.fixture(scope="module")
def double(base: Base) -> StableDiffusion:
    """The tiny family with a denoiser of its own, in float64."""
    return replace(base.family, unet=deepcopy(base.family.unet).double())


def loss_of(family: StableDiffusion, x: Tensor, states: Tensor) -> Tensor:
    """The unmix loss of two latents after one call of the denoiser."""
    with record_attention(family.cross_attention(), 2) as recording:
        family.denoise(x, torch.tensor([100, 700]), states)
    return unmix_loss(recording.maps(*x.shape[2:]), POSITIONS)


def test_the_gradient_is_that_of_finite_differences(double: StableDiffusion) -> None:
    """Through the whole denoiser in float64, along a random direction of the latents, text states and key weights."""
    generator = torch.Generator().manual_seed(0)
    x, states = (
        torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
        for shape in ((2, 4, 8, 8), (2, 16, 32))
    )
    keys = double.cross_attention()[0].keys.weight
    assert isinstance(keys, Tensor)
    keys.requires_grad_()
    wanted = (x, states, keys)
    gradients = torch.autograd.grad(loss_of(double, x, states), wanted)
    for value, gradient in zip(wanted, gradients, strict=True):
        direction = torch.randn(value.shape, generator=generator, dtype=torch.float64)
        h = 1e-5
        with torch.no_grad():
            value.add_(direction, alpha=h)
            above = loss_of(double, x, states)
            value.sub_(direction, alpha=2 * h)
            below = loss_of(double, x, states)
            value.add_(direction, alpha=h)
        assert float((above - below) / (2 * h)) == pytest.approx(float((gradient * direction).sum()), rel=1e-5)
        assert gradient.abs().max() > 0
    keys.requires_grad = False


def test_maps_are_the_attention_that_the_denoiser_computes(double: StableDiffusion) -> None:
    """Against the library's own scores, averaged over heads and layers, of the first sample of three."""
    x, states = torch.randn((3, 4, 8, 8), dtype=torch.float64), torch.randn((3, 16, 32), dtype=torch.float64)
    seen: list[Tensor] = []
    layers = [m for name, m in double.unet.named_modules() if name.endswith("attn2") and "mid" not in name]
    for layer in layers:
        layer.get_attention_scores = _keep(layer.get_attention_scores, layer.heads, seen)
    with record_attention(double.cross_attention(), 1) as recording:
        double.denoise(x, torch.tensor([5, 5, 5]), states)
    for layer in layers:
        del layer.get_attention_scores
    maps = recording.maps(8, 8)
    assert maps.shape == (1, 4, 4, 16)
    assert len(seen) == len(double.cross_attention()) == 3
    torch.testing.assert_close(maps[0].flatten(0, 1), torch.stack(seen).mean(0)[0])
    torch.testing.assert_close(maps.sum(-1), torch.ones(1, 4, 4, dtype=torch.float64))


def _keep(scores: Callable[..., Tensor], heads: int, seen: list[Tensor]) -> Callable[..., Tensor]:
    def kept(*arguments: Tensor) -> Tensor:
        maps = scores(*arguments)
        seen.append(maps.unflatten(0, (-1, heads)).mean(1))
        return maps

    return kept


def family_of(unet: nn.Module) -> StableDiffusion:
    """A family with this denoiser and no other part."""
    schedule = Ddim.from_config({})
    return StableDiffusion(
        tokenizer=None, text_encoder=None, vae=None, unet=unet, ddim=schedule, device=torch.device("cpu")
    )


def test_the_default_layers_of_stable_diffusion_have_maps_of_sixteen() -> None:
    """Three down and mirror: at 512 pixels the third of four resolutions, from the config alone."""
    family = family_of(sd_v1_unet_on_meta())
    names = {id(m): name for name, m in family.unet.named_modules()}
    chosen = {names[id(layer.queries)].split(".attentions")[0] for layer in family.cross_attention()}
    assert chosen == {"down_blocks.2", "up_blocks.1"}
    assert len(family.cross_attention()) == 5
    assert {(layer.heads, layer.scale) for layer in family.cross_attention()} == {(8, 160**-0.5)}


def test_the_default_layers_of_the_emoji_base_lie_before_its_bottleneck() -> None:
    """8x8 maps of 16x16 latents: one halving down, and the mirror, read from the config that ships."""
    from diffusers import UNet2DConditionModel

    import svdiff_core.emoji.bases

    folder = Path(svdiff_core.emoji.bases.__file__).parent / "emoji" / "unet"
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder))
    family = family_of(unet)
    names = {id(m): name for name, m in unet.named_modules()}
    chosen = {names[id(layer.queries)].split(".attentions")[0] for layer in family.cross_attention()}
    assert chosen == {"down_blocks.1", "up_blocks.1"}


def test_layers_can_be_chosen_by_block(base: Base) -> None:
    """A block that has none is refused by name."""
    assert len(base.family.cross_attention("down_blocks.1, up_blocks.0")) == 3
    assert len(base.family.cross_attention("mid_block")) == 1
    with pytest.raises(RecipeInvalid, match=r"'up_blocks\.1'"):
        base.family.cross_attention("mid_block up_blocks.1")


def test_layers_whose_maps_differ_in_size_are_refused() -> None:
    """Their maps have no mean."""
    layers = [CrossAttention(nn.Identity(), nn.Identity(), 1, 1.0) for _ in range(2)]
    with record_attention(layers, 1) as recording:
        for layer, places in zip(layers, (4, 16), strict=True):
            layer.queries(torch.zeros(1, places, 2))
            layer.keys(torch.zeros(1, 3, 2))
    with pytest.raises(RecipeInvalid, match="'unmix_layers' names blocks whose attention maps differ in size"):
        recording.maps(4, 4)


def test_recording_changes_no_bit_of_the_answer(base: Base) -> None:
    """And leaves no hook behind."""
    x, t = torch.randn((2, 4, 8, 8), generator=torch.Generator().manual_seed(0)), torch.tensor([3, 900])
    states = base.family.encode_prompts(["a dog", "a cat"])
    with torch.no_grad():
        plain = base.family.denoise(x, t, states)
        with record_attention(base.family.cross_attention(), 2):
            assert torch.equal(base.family.denoise(x, t, states), plain)
    assert not any(module._forward_hooks for module in base.family.unet.modules())  # noqa: SLF001 — torch has no other way to ask

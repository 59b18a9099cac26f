import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.families.stable_diffusion import StableDiffusion
from svdiff_core.training.prior_pools import PriorPictures


def test_prior_pictures_are_decoded_once_and_only_where_they_are_used(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To within a level of 255, and the same bits whichever were used together."""
    latents = torch.randn((3, 4, 8, 8), generator=torch.Generator().manual_seed(0))
    real, decoded = StableDiffusion.decode_latents, list[int]()

    def counting(self: StableDiffusion, one: Tensor) -> Tensor:
        decoded.append(len(one))
        return real(self, one)

    monkeypatch.setattr(StableDiffusion, "decode_latents", counting)
    pictures = PriorPictures(base.family, latents)
    both = pictures[torch.tensor([2, 0, 2])]
    assert decoded == [1, 1]
    assert torch.equal(pictures[torch.tensor([0])], both[1:2])
    assert decoded == [1, 1]
    assert len(pictures) == 3
    exact = real(base.family, latents[[2, 0, 2]]) * 2 - 1
    torch.testing.assert_close(both, exact, atol=1 / 255 + 1e-4, rtol=0)

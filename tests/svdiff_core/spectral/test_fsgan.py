"""The spectral layers tune any torch module: a GAN's generator and discriminator (FSGAN, arXiv 2010.11943)."""

import torch

from examples.fsgan import NOISE, FewShot, blobs, discriminator, generator


def pair() -> tuple[torch.nn.Module, torch.nn.Module]:
    """A generator and a discriminator, always the same."""
    torch.manual_seed(0)
    return generator(), discriminator()


def adapted(steps: int) -> tuple[FewShot, list[float]]:
    """A pair adapted to eight bright blobs, still attached, and its generator's losses."""
    few = FewShot(pair(), blobs(8, 0.8, torch.Generator().manual_seed(1)), rate=0.02, seed=2)
    return few, [losses.generator for losses in few.steps(steps)]


def test_singular_values_alone_move_a_generator_to_a_few_pictures() -> None:
    """After 300 steps the pictures' mean has come at least half of the way to that of the eight."""
    target = float(blobs(8, 0.8, torch.Generator().manual_seed(1)).mean())
    noise = torch.randn(64, NOISE, generator=torch.Generator().manual_seed(3))
    few, _ = adapted(300)
    with torch.no_grad():
        after = float(few.generator(noise).mean())
        few.close()
        before = float(few.generator(noise).mean())
    assert abs(after - target) < 0.5 * abs(before - target)


def test_both_networks_train_few_numbers_and_are_themselves_again() -> None:
    """Every δ moves, no weight does, and a tenth of the weights' number is more than was trained."""
    few, _ = adapted(3)
    for handle in few.handles:
        assert all(bool(delta.any()) for delta in handle.deltas().values())
    few.close()
    for module, same, handle in zip((few.generator, few.discriminator), pair(), few.handles, strict=True):
        assert all(torch.equal(p, q) for p, q in zip(module.parameters(), same.parameters(), strict=True))
        assert sum(d.numel() for d in handle.parameters()) < 0.1 * sum(p.numel() for p in module.parameters())


def test_adapting_is_deterministic() -> None:
    """The same seeds give the same losses and the same δ."""
    (one, first), (two, second) = adapted(5), adapted(5)
    assert first == second
    for a, b in zip(one.handles, two.handles, strict=True):
        assert all(torch.equal(d, b.deltas()[name]) for name, d in a.deltas().items())

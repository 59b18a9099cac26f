from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler
from torch import nn

from bench.emoji_base import recipe
from bench.emoji_base.data.emoji_sets import ArchiveMismatchError, emoji_set, fetch
from bench.emoji_base.export import pipeline_folder
from bench.emoji_base.foreign import AutoencoderKL
from bench.emoji_base.training import autoencoder, denoiser, latents, tokenizer
from bench.emoji_base.training.run import Run
from bench.emoji_base.training.schedule import rate_at
from bench.emoji_base.training.threads import TRIAL, ThreadChoice

SHAPE = recipe.Autoencoder(channels=(8, 8, 8), latent_channels=4)


def _run(seed: int, settings: str = "same") -> Run:
    torch.manual_seed(seed)
    return Run({"layer": nn.Linear(3, 2)}, rate=1e-2, decay=0.1, average_rate=0.9, settings=settings)


def _advance(run: Run, steps: int) -> None:
    for _ in range(steps):
        x = torch.randn(4, 3, generator=torch.Generator().manual_seed(run.step))
        run.update(run.modules["layer"](x).square().mean(), rate=1e-2, clip=1.0)


def _pixels(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    """Parameters, their average and the moments all come back from the file, bit for bit."""
    whole, first, second = _run(0), _run(0), _run(1)
    _advance(whole, 8)
    _advance(first, 5)
    first.save(tmp_path / "run.safetensors")
    assert second.resume(tmp_path / "run.safetensors")
    _advance(second, 3)
    assert second.step == whole.step
    torch.testing.assert_close(second.average, whole.average, rtol=0, atol=0)
    torch.testing.assert_close(dict(second.parameters()), dict(whole.parameters()), rtol=0, atol=0)


def test_a_run_of_other_settings_is_not_resumed(tmp_path: Path) -> None:
    """A changed recipe starts anew instead of mixing two shapes."""
    _run(0).save(tmp_path / "run.safetensors")
    assert not _run(0, settings="other").resume(tmp_path / "run.safetensors")


def test_centring_latents_changes_no_reconstruction() -> None:
    """The shift moved into the 1 by 1 convolutions cancels, and the latents end with mean 0 and deviation 1."""
    torch.manual_seed(0)
    vae, pixels = autoencoder.build(SHAPE, 64), _pixels(6)
    nn.init.constant_(vae.quant_conv.bias, 3.0)
    x = autoencoder.to_tensor(pixels)
    with torch.no_grad():
        before = vae.decode(vae.encode(x).latent_dist.mode()).sample
        latents.center(vae, pixels)
        z = vae.encode(x).latent_dist.mode()
        torch.testing.assert_close(vae.decode(z).sample, before, rtol=0, atol=1e-4)
    torch.testing.assert_close(z.mean(dim=(0, 2, 3)), torch.zeros(4), rtol=0, atol=0.02)
    torch.testing.assert_close((z * vae.config.scaling_factor).std(), torch.tensor(1.0), rtol=0, atol=0.02)


def test_the_objective_is_the_same_for_the_same_step() -> None:
    """Batches and noise derive from (seed, step), so a resumed training draws what it would have drawn."""
    shape = recipe.Denoiser(batch=5)
    z = np.random.default_rng(1).standard_normal((20, 4, 16, 16)).astype(np.float16)
    examples = denoiser.Examples(z, np.arange(60, dtype=np.int32).reshape(20, 3))
    first, again = (denoiser.Objective(shape, [0, 0, 0], seed=4).batch(examples, 9) for _ in range(2))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    other = denoiser.Objective(shape, [0, 0, 0], seed=4).batch(examples, 10)
    assert not torch.equal(first[0], other[0])


def test_a_longer_run_is_the_same_run_until_its_rate_falls() -> None:
    """So training can be prolonged: the checkpoint is taken up, and no step behind it would have been another."""
    short, long = recipe.Denoiser(steps=1000), recipe.Denoiser(steps=2000)
    assert recipe.digest(short) == recipe.digest(long)
    rates = [
        [rate_at(1.0, step, shape.steps, warm_up=100, decay_share=0.25) for step in range(1000)]
        for shape in (short, long)
    ]
    assert rates[0][:750] == rates[1][:750]
    assert rates[0][50] == pytest.approx(0.51)
    assert rates[0][500] == 1.0
    assert rates[0][-1] == pytest.approx(0.01, abs=1e-3)
    assert rates[0][750:] == sorted(rates[0][750:], reverse=True)


def test_the_scheduler_comes_back_from_its_own_file(tmp_path: Path) -> None:
    """Another process samples with the same noise levels and the same spacing."""
    written = denoiser.scheduler()
    written.save_pretrained(tmp_path)
    read = DDIMScheduler.from_pretrained(tmp_path)
    read.set_timesteps(25)
    assert read.timesteps[0] == 999
    torch.testing.assert_close(read.alphas_cumprod, written.alphas_cumprod, rtol=0, atol=0)


def test_an_untrained_base_survives_its_folder(tmp_path: Path) -> None:
    """Diffusers loads what was written, within the size limit, and it answers with a 64-pixel picture."""
    words, whole, base = tokenizer.train(32), recipe.Recipe(), tmp_path / "base"
    run = denoiser.start(whole, words)
    autoencoder.build(whole.autoencoder, whole.data.side).save_pretrained(tmp_path / "work")
    vae = AutoencoderKL.from_pretrained(tmp_path / "work")
    parts = (vae, run.modules["text_encoder"], words, run.modules["unet"])
    assert pipeline_folder.write(pipeline_folder.assemble(*parts), base) <= pipeline_folder.LARGEST
    assert all("/" not in path.read_text() for path in base.glob("*/config.json"))
    picture = pipeline_folder.read(base)("a sks dog", num_inference_steps=1).images[0]
    assert picture.size == (64, 64)


def test_the_threads_of_a_step_follow_its_speed() -> None:
    """When one thread measures quicker than two, training goes on with one."""
    before = torch.get_num_threads()
    choice = ThreadChoice(2)
    for _ in range(2 * TRIAL + 1):
        choice.lap(1.0 if torch.get_num_threads() == 1 else 3.0)
    assert (choice.chosen, torch.get_num_threads()) == (1, 1)
    torch.set_num_threads(before)


def test_a_recipe_file_changes_only_what_it_names(tmp_path: Path) -> None:
    """Overrides reach nested parts; a name that does not exist is refused."""
    (tmp_path / "longer.toml").write_text("seed = 5\n[denoiser]\nchannels = [64, 128, 192]\n")
    changed = recipe.load(tmp_path / "longer.toml")
    assert (changed.seed, changed.denoiser.channels) == (5, (64, 128, 192))
    assert changed.autoencoder == recipe.Autoencoder()
    (tmp_path / "wrong.toml").write_text("[denoiser]\nchanels = [64]\n")
    with pytest.raises(AttributeError, match="chanels"):
        recipe.load(tmp_path / "wrong.toml")


def test_a_changed_package_is_refused(tmp_path: Path) -> None:
    """Only the pinned bytes are drawn from."""
    entry = emoji_set("twemoji")
    (tmp_path / entry.archive).write_bytes(b"something else")
    with pytest.raises(ArchiveMismatchError, match="sha256"):
        fetch(entry, tmp_path)

import pytest
import typer
from typer.testing import CliRunner

from svdiff_core.commands import sizes
from svdiff_core.families.stable_diffusion import sd_v1_unet_on_meta
from svdiff_core.shift.subsets import SUBSETS, Size, table
from svdiff_core.spectral.layers import tuned_weights

EXPECTED = {
    "all": Size(391, 322_856),
    "1-D": Size(109, 100_160),
    "2-D": Size(184, 140_416),
    "4-D": Size(98, 82_280),
    "CA": Size(64, 43_776),
    "CA-KV": Size(32, 18_816),
    "up": Size(219, 181_568),
    "down": Size(141, 107_072),
    "mid": Size(26, 32_256),
    "up-CA": Size(36, 23_808),
    "down-CA": Size(24, 15_872),
    "mid-CA": Size(4, 4_096),
}


def test_the_twelve_sizes_of_table_1_come_out_exactly() -> None:
    """Tensors and floats of every subset of an SD v1 UNet are those counted from the paper's Table 1."""
    shapes = {name: tuple(weight.shape) for name, weight in tuned_weights(sd_v1_unet_on_meta()).items()}
    assert table(shapes) == EXPECTED


def test_the_command_prints_every_size() -> None:
    """`svdiff sizes` shows one row a subset with its tensors and floats."""
    app = typer.Typer()
    app.command()(sizes)
    result = CliRunner().invoke(app)
    rows = {line.split()[0]: line.split()[1:3] for line in result.output.splitlines()[1:]}
    assert rows == {name: [str(size.tensors), f"{size.floats:,}"] for name, size in EXPECTED.items()}


@pytest.mark.parametrize("subset", ["up", "CA-KV"])
def test_a_subset_accepts_the_names_of_a_shift_file(subset: str) -> None:
    """A layer is in a subset whether or not its name carries the part's prefix."""
    name = "up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    assert SUBSETS[subset](name, (640, 768))
    assert SUBSETS[subset](f"unet.{name}", (640, 768))

"""The commands that svdiff_core adds to the `svdiff` command line."""

import typer

from svdiff_core.shift.subsets import table


def sizes() -> None:
    """Print the size of a shift of each subset of layers, for the UNet of Stable Diffusion v1."""
    from svdiff_core.families.stable_diffusion import sd_v1_unet_on_meta
    from svdiff_core.spectral.layers import tuned_weights

    shapes = {name: tuple(weight.shape) for name, weight in tuned_weights(sd_v1_unet_on_meta()).items()}
    typer.echo(f"{'subset':<8} {'tensors':>7} {'floats':>8} {'kB fp32':>8}")
    for name, size in table(shapes).items():
        typer.echo(f"{name:<8} {size.tensors:>7} {size.floats:>8,} {size.kilobytes:>8.1f}")

"""`svdiff.json` beside the weights: what the base is, and how it is tuned and sampled by default."""

import json
from pathlib import Path

from svdiff_core.families import stable_diffusion
from svdiff_core.spectral.fingerprint import fingerprint
from svdiff_core.spectral.layers import tuned_weights

RESOLUTION = 64  # pixels a side
JUDGE = "emoji"  # the one that ships

FINE_TUNE = {
    "steps": 500,
    "batch_size": 4,
    "learning_rate": 0.01,
    "learning_rate_1d": 0.01,
    "text_encoder": True,
    "max_grad_norm": 1.0,
    "prior_loss_weight": 0.5,
    "prior_count": 32,
    "prior_steps": 25,
    "prior_guidance": 4.0,
    "cut_mix_min_scale": 0.55,
    "unmix_weight": 0.3,
}
GENERATION = {"steps": 25, "guidance": 4.0, "eta": 0.0, "max_side": RESOLUTION}


def write(folder: Path) -> str:
    """Write the manifest of the pipeline in the folder; its fingerprint."""
    family = stable_diffusion.load(str(folder), local_files_only=True)
    weights = (
        (f"{part}.{name}", weight)
        for part, module in family.parts.items()
        for name, weight in tuned_weights(module).items()
    )
    identity = fingerprint(weights)
    manifest = {
        "family": stable_diffusion.NAME,
        "fingerprint": identity,
        "resolution": RESOLUTION,
        "size_multiple": family.multiple,
        "geometry_layers": family.geometry_layers,
        "judge": JUDGE,
        "fine_tune": FINE_TUNE,
        "generation": GENERATION,
    }
    (folder / "svdiff.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return identity

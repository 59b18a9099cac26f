"""What a picture is sampled from: every setting of a generation, declared once."""

from dataclasses import dataclass

from svdiff_core.parameters.declaration import parameter

MAX_PICTURES = 16
MAX_SEED = 2**48


@dataclass(frozen=True)
class SamplingSpec:
    """What to sample. Picture i of n uses seed + i; sizes are pixels, by default the base's own.

    The fraction `shift_start` of the steps, the first ones, are the base's own, from the class prompt ("a dog" for
    "a sks dog"): they decide the layout, which a base knows better than a shift (FastComposer, arXiv 2305.10431).
    """

    # fmt: off
    prompt: str
    negative_prompt: str = ""
    n: int = parameter(1, "How many pictures; picture i has the seed `seed` + i.", ge=1, limit=MAX_PICTURES)
    seed: int = parameter(0, "Chosen at random and recorded where it is absent.", ge=0, limit=MAX_SEED)
    steps: int = parameter(50, "Denoising steps.", ge=1, limit=200)
    guidance: float = parameter(7.5, "Scale of classifier-free guidance.", ge=0, limit=30)
    eta: float = parameter(0.0, "DDIM's η: fresh noise on the way; 0 for none.", ge=0, le=1)
    width: int | None = parameter(None, "Pixels; a multiple of the base's own unit.", ge=8, limit=2048)
    height: int | None = parameter(None, "Pixels; a multiple of the base's own unit.", ge=8, limit=2048)
    shift_start: float = parameter(0.0, "The share of the steps that is sampled before the shifts begin, from the prompt without their tokens: the layout is then the base's. More keeps more of the prompt, and less of the subject.", ge=0, lt=1)
    # fmt: on

"""How one picture is edited (CoSINE): every setting of an edit, declared once."""

from dataclasses import dataclass

from svdiff_core.parameters.declaration import parameter


@dataclass(frozen=True)
class EditingSpec:
    """The edits of a picture: one of each prompt, the i-th from seed + i.

    With `inversion` it starts from z_T, the noise from which the base under the shift and *that* prompt would sample
    the picture (guidance 1); `slerp` α moves z_T towards fresh noise (eq. 7): 0 keeps it, 1 replaces it. Without
    inversion it starts from fresh noise, and slerp must be 0. η > 0 adds noise in each step.
    """

    # fmt: off
    prompts: tuple[str, ...]
    negative_prompt: str = ""
    seed: int = 0
    steps: int = parameter(50, "Denoising steps, and as many backwards with inversion.", ge=1, limit=200)
    guidance: float = parameter(3.0, "Scale of classifier-free guidance; 3 with inversion where it is absent.", ge=0, limit=30)
    eta: float = parameter(0.0, "DDIM's η: fresh noise on the way; 0 with inversion where it is absent.", ge=0, le=1)
    inversion: bool = parameter(True, "Start from the picture's own noise, which keeps its structure; not for pose or zoom.")  # noqa: FBT003 — a default
    slerp: float = parameter(0.0, "How far to move from the picture's own noise to fresh noise; 0 keeps it.", ge=0, le=1)
    refinements: int = parameter(3, "Further calls of the network for each step backwards: more exact, slower.", ge=0, limit=20)
    # fmt: on

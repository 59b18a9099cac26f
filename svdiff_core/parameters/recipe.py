"""How an adapter is trained: every setting of a fine-tune, declared once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from svdiff_core.errors import RecipeInvalid
from svdiff_core.parameters.declaration import Parameter, check_values, parameter, parameters_of
from svdiff_core.parameters.methods import DEFAULT_RATES, LORA, SHIFTS, SVDIFF, SVDIFF_BAND, MethodName
from svdiff_core.shift.file import WHOLE, Scalar
from svdiff_core.shift.subsets import SubsetName

MAX_COMPANIONS = 32


def _phrases(text: str) -> str | None:
    """What is wrong with phrases that commas divide."""
    if text and not all(phrase.strip() for phrase in text.split(",")):
        return "has an empty phrase before, between or behind its commas"
    if text.count(",") >= MAX_COMPANIONS:
        return f"has more than {MAX_COMPANIONS} phrases"
    return None


@dataclass(frozen=True)
class Recipe:
    """Settings of a fine-tune; the defaults are the paper's for Stable Diffusion.

    `batch_size` counts the subject's pictures of a step; as many prior pictures join them. `prior_loss_weight` is λ of
    eq. 3. The last four matter for several subjects only (Cut-Mix-Unmix).
    """

    # fmt: off
    method: MethodName = parameter(SVDIFF, "What is trained; the operator decides which are offered besides `svdiff`.")
    steps: int = parameter(500, "Optimizer steps.", ge=1, limit=4000, edits=True)
    batch_size: int = parameter(1, "Pictures of the subject in a step; as many prior pictures join them.", ge=1, limit=16, edits=True)
    learning_rate: float = parameter(1e-3, "Learning rate of matrices: of the shifts of their singular values.", gt=0, limit=1, edits=True)
    learning_rate_1d: float = parameter(1e-6, "Learning rate of 1-D weights, such as the scales of norms.", gt=0, limit=1, edits=True)
    text_encoder: bool = parameter(True, "Whether the text encoder is trained too.", edits=True)  # noqa: FBT003 — a default
    text_encoder_learning_rate_scale: float = parameter(1.0, "By what both learning rates are multiplied in the text encoder.", ge=0, limit=100, edits=True)
    beta1: float = parameter(0.9, "AdamW's decay of the first moment.", ge=0, lt=1, setter="code")
    beta2: float = parameter(0.999, "AdamW's decay of the second moment.", ge=0, lt=1, setter="code")
    weight_decay: float = parameter(0.0, "AdamW's weight decay; above 0 it pulls a shift to the base.", ge=0, setter="code")
    max_grad_norm: float = parameter(1.0, "The gradient's norm is clipped to this.", gt=0, limit=1000, edits=True)
    ema_decay: float = parameter(0.0, "The adapter is a mean over steps, of which each counts 1 less this; 0 keeps what the last step left.", ge=0, lt=1)
    rank: int = parameter(4, "Rank of the low-rank matrices.", ge=1, limit=256, methods=(LORA,))
    band: int = parameter(1, "Terms on each side of the diagonal.", ge=1, limit=8, methods=(SVDIFF_BAND,))
    subset: SubsetName = parameter(WHOLE, "The layers to train, one of the subsets of the paper's Table 1.", methods=(SVDIFF, SVDIFF_BAND))
    prior_loss_weight: float = parameter(1.0, "Weight of the prior preservation loss (λ of eq. 3); 0 for none.", ge=0, limit=100)
    prior_count: int = parameter(200, "Pictures of the class, sampled by the base.", ge=1, limit=1000)
    prior_steps: int = parameter(50, "Sampling steps of a prior picture.", ge=1, setter="base")
    prior_guidance: float = parameter(7.5, "Guidance scale of a prior picture.", ge=0, setter="base")
    prior_companions: str = parameter("", "Phrases with commas between them: every other prior picture shows the class with one of them.", limit=1000, check=_phrases)
    cut_mix_probability: float = parameter(0.6, "Of several subjects: the share of steps on stitched pictures of two.", ge=0, le=1)
    cut_mix_min_scale: float = parameter(1.0, "Of several subjects: the smallest scale to which a picture is reduced, so that it fits into a half.", ge=0.5, le=1)
    unmix_weight: float = parameter(0.05, "Of several subjects: how strongly a token's attention is kept off the other subject's half.", ge=0, limit=10_000)
    unmix_layers: str = parameter("", "Of several subjects: blocks of the denoiser whose attention the unmix loss reads, all of one resolution; empty for the family's choice.", setter="base")
    # fmt: on

    def __post_init__(self) -> None:
        check_values(self, RecipeInvalid)
        if self.subset != WHOLE and self.method not in SHIFTS:
            raise RecipeInvalid("subset", f"is not a setting of {self.method}")

    @property
    def companions(self) -> tuple[str, ...]:
        """The phrases of `prior_companions`."""
        return tuple(phrase.strip() for phrase in self.prior_companions.split(",")) if self.prior_companions else ()

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "Recipe":
        """A recipe from values by name; what is absent has its default, learning rates the method's.

        Raises:
            RecipeInvalid: a name is unknown, or a value of the wrong type or out of range.
        """
        for name in values:
            if name not in recipe_parameters():
                raise RecipeInvalid(name, "is not a setting")
        return cls(**{**DEFAULT_RATES.get(values.get("method", SVDIFF), {}), **values})

    def to_mapping(self) -> dict[str, Scalar]:
        """The values by name, as they are written into an adapter's file: those of the parameters that its method has."""
        return {name: value for name, value in asdict(self).items() if has_parameter(self.method, name)}


@cache
def recipe_parameters() -> Mapping[str, Parameter]:
    """The parameters of a recipe by name."""
    return parameters_of(Recipe)


def has_parameter(method: str, name: str) -> bool:
    """Whether the method has the parameter of this name: in others it would have no effect."""
    methods = recipe_parameters()[name].methods
    return methods is None or method in methods

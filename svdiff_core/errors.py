"""What can go wrong, one class a cause; each has a stable code and writes its own sentence."""

from typing import ClassVar


class CoreError(Exception):
    """Every error that svdiff_core raises on purpose; `code` is stable and meant for clients."""

    code: ClassVar[str] = "core_error"


class ShiftFileInvalid(CoreError):
    """The bytes are not a shift file of a known format."""

    code = "shift_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is not a valid shift file: {reason}.")
        self.reason = reason


class ShiftOfAnotherBase(CoreError):
    """The shift was learned on other weights, so its numbers mean nothing here."""

    code = "shift_of_another_base"

    def __init__(self, shift_base: str, base: str) -> None:
        super().__init__(
            f"This shift belongs to the base with fingerprint {shift_base}, not to {base}: "
            "a shift means something only on the weights it was learned on."
        )
        self.shift_base = shift_base
        self.base = base


class ShiftDoesNotFit(CoreError):
    """The shift names a layer that the base lacks, or gives it the wrong number of values."""

    code = "shift_does_not_fit"

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(f"The shift does not fit the base at layer {layer!r}: {reason}.")
        self.layer = layer


class MethodUnavailable(CoreError):
    """A parameter space that cannot be trained here, or not for this purpose."""

    code = "method_unavailable"

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(f"The method {method!r} cannot be used: {reason}.")
        self.method = method


class AdapterFileInvalid(CoreError):
    """The bytes are not an adapter file of a known method."""

    code = "adapter_file_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is not a valid adapter file: {reason}.")
        self.reason = reason


class TrainingDiverged(CoreError):
    """The loss or its gradient stopped being a finite number; the shift was left as it was."""

    code = "training_diverged"

    def __init__(self, step: int) -> None:
        super().__init__(f"Training diverged: the loss or its gradient is not finite at step {step}.")
        self.step = step


class MetricsUnavailable(CoreError):
    """Nothing here can measure what this base draws."""

    code = "metrics_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The pictures of this base cannot be measured here: it names no judge of its own (`judge` in its "
            "svdiff.json), and folders of CLIP and of LPIPS are not both configured "
            "(SVDIFF_CLIP_FOLDER, SVDIFF_LPIPS_FOLDER)."
        )


class MetricInvalid(CoreError):
    """The folder does not hold a metric that this version can load."""

    code = "metric_invalid"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"The metric in {source!r} cannot be loaded: {reason}.")
        self.source = source
        self.reason = reason


class JudgeInvalid(CoreError):
    """The folder does not hold a judge that can be loaded here."""

    code = "judge_invalid"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"The judge {source!r} cannot be loaded: {reason}.")
        self.source = source
        self.reason = reason


class AlignmentNotFinite(CoreError):
    """What is measured of the pictures is no number, so that no check can say which shift is better."""

    code = "alignment_not_finite"

    def __init__(self, step: int) -> None:
        super().__init__(f"What was measured of the pictures at step {step} is not a finite number.")
        self.step = step


class StateMismatch(CoreError):
    """The stored state belongs to another training: other base, recipe, seed, words or pictures."""

    code = "training_state_mismatch"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The training state cannot be resumed: {reason}.")
        self.reason = reason


class RecipeInvalid(CoreError):
    """A recipe field is unknown, of the wrong type or out of range."""

    code = "recipe_invalid"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The recipe's {field!r} {reason}.")
        self.field = field


class SubjectsInvalid(CoreError):
    """The subjects cannot be trained together: too many, or their words do not tell them apart."""

    code = "subjects_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The subjects cannot be trained together: {reason}.")
        self.reason = reason


class SpecInvalid(CoreError):
    """A sampling spec asks for something the base cannot do."""

    code = "spec_invalid"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The sampling spec's {field!r} {reason}.")
        self.field = field


class UnsupportedModule(CoreError):
    """A module whose weight cannot be factored, or that would read past the factored form."""

    code = "unsupported_module"

    def __init__(self, name: str, kind: str, reason: str) -> None:
        super().__init__(f"Module {name!r} ({kind}) cannot carry a spectral shift: {reason}.")
        self.name = name
        self.kind = kind


class FactorsInvalid(CoreError):
    """A factors file is damaged or belongs to other weights."""

    code = "factors_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The factors cannot be used: {reason}.")
        self.reason = reason


class PriorInvalid(CoreError):
    """The bytes are not stored prior latents."""

    code = "prior_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The prior latents cannot be used: {reason}.")
        self.reason = reason


class PictureInvalid(CoreError):
    """The bytes are not a picture that can be decoded within the limits."""

    code = "picture_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The picture cannot be used: {reason}.")
        self.reason = reason


class BaseInvalid(CoreError):
    """The source is not a base model that can be loaded safely."""

    code = "base_invalid"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"The base {source!r} cannot be loaded: {reason}.")
        self.source = source
        self.reason = reason

"""What can go wrong, one class a cause; each has a stable code and writes its own sentence."""

from typing import ClassVar


class CoreError(Exception):
    """Every error that svdiff_core raises on purpose; `code` is stable and may be shown to clients."""

    code: ClassVar[str]
    remedy: ClassVar[str]  # what to do about it; docs/errors.md lists it


class ShiftFileInvalid(CoreError):
    """The bytes are not a shift file of a known format."""

    code = "shift_invalid"
    remedy = "Train the shift again, or restore its file."

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is not a valid shift file: {reason}.")
        self.reason = reason


class ShiftOfAnotherBase(CoreError):
    """The shift was learned on other weights, so its numbers mean nothing here."""

    code = "shift_of_another_base"
    remedy = "Use the base and the revision that the shift was trained on."

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
    remedy = "Use the base that the shift was trained on; if it is that one, train the shift again."

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(f"The shift does not fit the base at layer {layer!r}: {reason}.")
        self.layer = layer


class MethodUnavailable(CoreError):
    """The method of fine-tuning cannot be used here, or not for this purpose."""

    code = "method_unavailable"
    remedy = "Choose another method, or have the operator install what this one needs."

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(f"The method {method!r} cannot be used: {reason}.")
        self.method = method


class AdapterFileInvalid(CoreError):
    """The bytes are not an adapter file of a known method."""

    code = "adapter_file_invalid"
    remedy = "Train the adapter again; if `detail` names a size, the operator sets `SVDIFF_MAX_ADAPTER_BYTES`."

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is not a valid adapter file: {reason}.")
        self.reason = reason


class TrainingDiverged(CoreError):
    """The loss or its gradient is no longer a finite number; nothing of the training is kept."""

    code = "training_diverged"
    remedy = "Lower `learning_rate` and `learning_rate_1d`."

    def __init__(self, step: int) -> None:
        super().__init__(f"Training diverged: the loss or its gradient is not finite at step {step}.")
        self.step = step


class MetricsUnavailable(CoreError):
    """Neither the base nor this installation has metrics for the base's pictures."""

    code = "metrics_unavailable"
    remedy = "Leave out `early_stopping`, or have the operator configure CLIP and LPIPS on every worker."

    def __init__(self) -> None:
        super().__init__(
            "Pictures of this base cannot be measured here: the base has no judge of its own (`judge` in its "
            "svdiff.json), and folders of CLIP and of LPIPS are not both configured "
            "(SVDIFF_CLIP_FOLDER, SVDIFF_LPIPS_FOLDER)."
        )


class MetricInvalid(CoreError):
    """The folder does not hold a metric that this version can load."""

    code = "metric_invalid"
    remedy = "Point `SVDIFF_CLIP_FOLDER` and `SVDIFF_LPIPS_FOLDER` to folders of the documented form."

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"The metric in {source!r} cannot be loaded: {reason}.")
        self.source = source
        self.reason = reason


class JudgeInvalid(CoreError):
    """The folder does not hold a judge that can be loaded here."""

    code = "judge_invalid"
    remedy = "Restore the judge's folder, or correct `judge` in the base's `svdiff.json`."

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"The judge {source!r} cannot be loaded: {reason}.")
        self.source = source
        self.reason = reason


class AlignmentNotFinite(CoreError):
    """A metric of the check's pictures is not a finite number, so checks cannot be compared."""

    code = "alignment_not_finite"
    remedy = "Lower `learning_rate` and `learning_rate_1d`, or leave out `early_stopping`."

    def __init__(self, step: int) -> None:
        super().__init__(f"A metric of the pictures of step {step} is not a finite number.")
        self.step = step


class StateMismatch(CoreError):
    """The stored state belongs to another training: other base, recipe, seed, prompts or pictures."""

    code = "training_state_mismatch"
    remedy = "Nothing: the training starts again from its first step."

    def __init__(self, reason: str) -> None:
        super().__init__(f"The training state cannot be resumed: {reason}.")
        self.reason = reason


class RecipeInvalid(CoreError):
    """A recipe field is unknown, of the wrong type or out of range."""

    code = "recipe_invalid"
    remedy = "Correct the setting that `detail` names."

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The recipe's {field!r} {reason}.")
        self.field = field


class SubjectsInvalid(CoreError):
    """The subjects cannot be trained together: there are too many, or their tokens do not differ."""

    code = "subjects_invalid"
    remedy = "Give each subject a token of its own, and at most three subjects."

    def __init__(self, reason: str) -> None:
        super().__init__(f"The subjects cannot be trained together: {reason}.")
        self.reason = reason


class SpecInvalid(CoreError):
    """The sampling asks for something that the base cannot do."""

    code = "spec_invalid"
    remedy = "Correct the setting that `detail` names."

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The sampling spec's {field!r} {reason}.")
        self.field = field


class UnsupportedModule(CoreError):
    """The weight of a module cannot be factored, or the module would bypass the factored form."""

    code = "unsupported_module"
    remedy = "Use a base without such a module, or leave its layers out of the training."

    def __init__(self, name: str, kind: str, reason: str) -> None:
        super().__init__(f"Module {name!r} ({kind}) cannot carry a spectral shift: {reason}.")
        self.name = name
        self.kind = kind


class FactorsInvalid(CoreError):
    """The file of factors is damaged or belongs to other weights."""

    code = "factors_invalid"
    remedy = "Delete the file of factors; it is computed again."

    def __init__(self, reason: str) -> None:
        super().__init__(f"The factors cannot be used: {reason}.")
        self.reason = reason


class PriorInvalid(CoreError):
    """The bytes are not stored prior latents."""

    code = "prior_invalid"
    remedy = "Nothing: the prior latents are made again."

    def __init__(self, reason: str) -> None:
        super().__init__(f"The prior latents cannot be used: {reason}.")
        self.reason = reason


class PictureInvalid(CoreError):
    """The bytes are not a picture that can be decoded within the limits."""

    code = "picture_invalid"
    remedy = "Upload the picture again in one of the formats that `POST /v1/images` takes."

    def __init__(self, reason: str) -> None:
        super().__init__(f"The picture cannot be used: {reason}.")
        self.reason = reason


class BaseInvalid(CoreError):
    """The source is not a base model that can be loaded safely."""

    code = "base_invalid"
    remedy = "Check the folder or the hub id, and that it holds safetensors of a supported family."

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"The base {source!r} cannot be loaded: {reason}.")
        self.source = source
        self.reason = reason

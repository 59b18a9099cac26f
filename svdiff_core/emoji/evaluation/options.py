"""The options of an evaluation."""

from dataclasses import dataclass
from pathlib import Path

from svdiff_core.errors import CoreError


@dataclass(frozen=True)
class Options:
    """As on the command line; `subjects` is None for all of the final figures, empty for no fine-tunes."""

    base: Path
    pictures: int
    steps: int
    guidance: float | None
    seed: int
    subjects: tuple[str, ...] | None
    grid: Path
    out: Path | None
    factors: Path

    def __post_init__(self) -> None:
        if self.out is not None and self.out.suffix not in {".json", ".csv"}:
            raise OptionInvalid("out", f"must end in .json or .csv, not {self.out.name!r}")


class OptionInvalid(CoreError):
    """An option of the evaluation is not valid."""

    code = "option_invalid"
    remedy = "Correct the option that the sentence names."

    def __init__(self, option: str, reason: str) -> None:
        super().__init__(f"The option {option!r} {reason}.")
        self.option = option

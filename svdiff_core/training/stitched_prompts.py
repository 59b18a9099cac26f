"""The prompts of stitched pictures, from the prompts of their two subjects (method of Cut-Mix-Unmix)."""

from dataclasses import dataclass

from svdiff_core.errors import SubjectsInvalid
from svdiff_core.shift.file import SubjectWords

_ARTICLES = frozenset(("a", "an", "the", "my", "this", "that"))


@dataclass(frozen=True)
class Phrases:
    """A subject's prompts in pieces: "photo of" leads both "a sks dog" and "a dog"."""

    lead: str
    instance: str
    class_phrase: str


@dataclass(frozen=True)
class StitchedPrompt:
    """A prompt as the pieces it is joined from; pieces `left` and `right` name the subjects on either side."""

    pieces: tuple[str, ...]
    left: int
    right: int

    @property
    def text(self) -> str:
        """The whole prompt."""
        return " ".join(piece for piece in self.pieces if piece)


def phrases(words: SubjectWords) -> Phrases:
    """Split two prompts into the words that both begin with, but for an article, and what follows them in each.

    Raises:
        SubjectsInvalid: one of the prompts is empty.
    """
    instance, class_words = (_words(prompt) for prompt in (words.instance_prompt, words.class_prompt))
    if not instance or not class_words:
        raise SubjectsInvalid("a prompt is empty")
    common = 0
    while common < min(len(instance), len(class_words)) and instance[common].lower() == class_words[common].lower():
        common += 1
    common = min(common, len(instance) - 1, len(class_words) - 1)  # "photo of a dog sks" after all of "photo of a dog"
    while common and instance[common - 1].lower() in _ARTICLES:
        common -= 1
    return Phrases(" ".join(instance[:common]), " ".join(instance[common:]), " ".join(class_words[common:]))


def stitched_instance_prompt(left: SubjectWords, right: SubjectWords, *, name_sides: bool) -> StitchedPrompt:
    """The two phrases in left-to-right order.

    With `name_sides`: "photo of a [V1] dog on the left and a [V2] sculpture on the right"; else "photo of a [V1] dog
    and a [V2] sculpture".
    """
    one, other = phrases(left), phrases(right)
    if name_sides:
        return StitchedPrompt((one.lead, one.instance, "on the left and", other.instance, "on the right"), 1, 3)
    return StitchedPrompt((one.lead, one.instance, "and", other.instance), 1, 3)


def stitched_class_prompt(left: SubjectWords, right: SubjectWords) -> str:
    """The prompt of stitched prior pictures: "photo of a dog and a sculpture"."""
    one, other = phrases(left), phrases(right)
    return StitchedPrompt((one.lead, one.class_phrase, "and", other.class_phrase), 1, 3).text


def _words(prompt: str) -> list[str]:
    """The prompt's words; a full stop at its end would come to lie within the joined prompt."""
    return prompt.rstrip(" .,;:!?").split()

"""Where a special token stands in a stitched prompt, as the text encoder counts."""

from svdiff_core.errors import SubjectsInvalid
from svdiff_core.joint_words import StitchedPrompt
from svdiff_core.shift import SubjectWords
from svdiff_core.stable_diffusion import StableDiffusion
from svdiff_core.unmix import Sides


def sides(family: StableDiffusion, prompt: StitchedPrompt, left: SubjectWords, right: SubjectWords) -> Sides:
    """Positions of the sub-tokens of the left and of the right subject's token.

    Raises:
        SubjectsInvalid: a token is not in its phrase, or the prompt is too long for the text encoder to reach it.
    """
    return Sides(_places(family, prompt, prompt.left, left.token), _places(family, prompt, prompt.right, right.token))


def _places(family: StableDiffusion, prompt: StitchedPrompt, piece: int, token: str) -> tuple[int, ...]:
    """Found within its own phrase: a token may be a part of another subject's words."""
    wanted, phrase = family.token_ids(token), family.token_ids(prompt.pieces[piece])
    starts = [i for i in range(len(phrase)) if phrase[i : i + len(wanted)] == wanted]
    if not wanted or not starts:
        raise SubjectsInvalid(f"its instance prompt does not have the token {token!r} as words of its own")
    before = sum(len(family.token_ids(text)) for text in prompt.pieces[:piece])
    first = 1 + before + starts[0]  # after the mark that begins a prompt
    ids = family.tokenize([prompt.text])[0].tolist()
    if ids[first : first + len(wanted)] != wanted:
        raise SubjectsInvalid(f"the prompt {prompt.text!r} is cut off before the token {token!r}")
    return tuple(range(first, first + len(wanted)))

"""The warnings of a result: the end of a prompt that the base's text encoder did not read."""

from collections.abc import Mapping

from service.jobs.errors import PROMPT_CUT
from svdiff_core.base import Base


def warnings(base: Base, prompts: Mapping[str, str]) -> list[dict[str, str]]:
    """A warning for each prompt that was cut, by its place in the request."""
    unread = {pointer: base.family.unread(prompt) for pointer, prompt in prompts.items()}
    return [
        {"code": PROMPT_CUT.code, "pointer": pointer, "detail": f"The prompt is too long: {cut!r} was not read."}
        for pointer, cut in unread.items()
        if cut
    ]

import pytest

from svdiff_core.base import Base
from svdiff_core.errors import SubjectsInvalid
from svdiff_core.shift.file import SubjectWords
from svdiff_core.training.stitched_prompts import stitched_class_prompt, stitched_instance_prompt
from svdiff_core.training.unmix import TokenPositions, token_positions

DOG = SubjectWords("[V1]", "dog", "photo of a [V1] dog", "photo of a dog")
SCULPTURE = SubjectWords("[V2]", "sculpture", "photo of a [V2] sculpture", "photo of a sculpture")


def words(token: str, instance: str, plain: str) -> SubjectWords:
    """A subject whose class word does not matter."""
    return SubjectWords(token, "", instance, plain)


def test_both_wordings_are_the_papers() -> None:
    """With places and without, words in left-to-right order, whichever subject is on the left."""
    text = stitched_instance_prompt(DOG, SCULPTURE, name_sides=True).text
    assert text == "photo of a [V1] dog on the left and a [V2] sculpture on the right"
    assert stitched_instance_prompt(SCULPTURE, DOG, name_sides=False).text == "photo of a [V2] sculpture and a [V1] dog"
    assert stitched_class_prompt(DOG, SCULPTURE) == "photo of a dog and a sculpture"
    assert stitched_class_prompt(SCULPTURE, DOG) == "photo of a sculpture and a dog"


@pytest.mark.parametrize(
    ("instance", "plain", "joint", "joint_class"),
    [
        ("photo of sks dog", "photo of a dog", "photo of sks dog and a cat", "photo of a dog and a cat"),
        ("A sks dog.", "a dog.", "A sks dog and a cat", "a dog and a cat"),
        ("sks dog", "dog", "sks dog and a cat", "dog and a cat"),
        ("photo of a dog sks", "photo of a dog", "photo of a dog sks and a cat", "photo of a dog and a cat"),
        ("a photo of a sks dog", "photo of a dog", "a photo of a sks dog and a cat", "photo of a dog and a cat"),
    ],
)
def test_other_prompts_are_joined_at_the_words_that_differ(
    instance: str, plain: str, joint: str, joint_class: str
) -> None:
    """Without an article, without a lead, with the token at the end, with prompts that share nothing."""
    left, right = words("sks", instance, plain), words("cat", "drawing of a cat", "drawing of a cat")
    assert stitched_instance_prompt(left, right, name_sides=False).text.replace("drawing of ", "") == joint
    assert stitched_class_prompt(left, right).replace("drawing of ", "") == joint_class


def test_a_tokens_places_are_those_of_all_its_sub_tokens(base: Base) -> None:
    """Counted from the mark that begins the prompt, in each subject's own phrase, in both wordings."""
    left, right = words("sks", "sks dog", "dog"), words("zwx", "zwx cat", "cat")
    assert base.family.token_ids("sks dog") == base.family.tokenize(["sks dog"])[0, 1:3].tolist()
    plain = stitched_instance_prompt(left, right, name_sides=False)  # ^ sks dog and z w x cat
    assert token_positions(base.family, plain, left, right) == TokenPositions((1,), (4, 5, 6))
    turned = stitched_instance_prompt(right, left, name_sides=True)  # ^ z w x cat on the l e f t and sks dog ...
    assert token_positions(base.family, turned, right, left) == TokenPositions((1, 2, 3), (12,))


def test_a_token_that_is_part_of_the_other_subjects_words_is_found_in_its_own_phrase(base: Base) -> None:
    """The word "dog" names the second subject, and is the class of the first."""
    left, right = words("sks", "sks dog", "dog"), words("dog", "dog cat", "cat")
    assert token_positions(
        base.family, stitched_instance_prompt(left, right, name_sides=False), left, right
    ) == TokenPositions((1,), (4,))


@pytest.mark.parametrize(
    ("token", "instance", "reason"),
    [("red", "a sks dog", "does not have the token"), ("sks", "a photo of " * 5 + "a sks dog", "cut off")],
)
def test_a_token_that_cannot_be_found_is_refused(base: Base, token: str, instance: str, reason: str) -> None:
    """It is not in its prompt, or lies past the sixteen tokens that this text encoder reads."""
    left, right = words(token, instance, "dog"), words("hat", "hat cat", "cat")
    with pytest.raises(SubjectsInvalid, match=reason):
        token_positions(base.family, stitched_instance_prompt(left, right, name_sides=False), left, right)

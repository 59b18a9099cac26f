import subprocess
import sys

import pytest

import svdiff_core


def test_the_shift_file_can_be_read_without_torch() -> None:
    """`svdiff_core` and `svdiff_core.shift` load neither torch nor diffusers in a fresh interpreter."""
    program = (
        "import sys, svdiff_core, svdiff_core.shift, svdiff_core.shift.subsets, svdiff_core.parameters.recipe\n"
        "import svdiff_core.errors, svdiff_core.commands\n"
        "print(sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("name", svdiff_core.__all__)
def test_every_public_name_exists(name: str) -> None:
    """Each name on the package's public page can be imported from the package."""
    assert getattr(svdiff_core, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that is not public raises what Python expects."""
    with pytest.raises(AttributeError, match="nothing"):
        _ = svdiff_core.nothing

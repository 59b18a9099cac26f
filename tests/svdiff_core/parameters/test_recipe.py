import pytest

from svdiff_core.errors import RecipeInvalid
from svdiff_core.parameters.recipe import Recipe


def test_a_recipe_survives_its_mapping() -> None:
    """What is written into a shift builds the same recipe again."""
    recipe = Recipe(steps=7, learning_rate=0.02, text_encoder=False)
    assert Recipe.from_mapping(recipe.to_mapping()) == recipe


def test_absent_settings_have_the_papers_values() -> None:
    """Rates 1e-3 and 1e-6, no decay, λ = 1, as the paper and its code have them."""
    recipe = Recipe.from_mapping({"steps": 9})
    assert (recipe.steps, recipe.learning_rate, recipe.learning_rate_1d) == (9, 1e-3, 1e-6)
    assert (recipe.weight_decay, recipe.prior_loss_weight) == (0, 1)
    assert (recipe.cut_mix_probability, recipe.unmix_weight, recipe.unmix_layers) == (0.6, 0.05, "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 0),
        ("steps", 1.5),
        ("steps", True),
        ("batch_size", "4"),
        ("learning_rate", float("nan")),
        ("learning_rate", -1),
        ("beta2", 1.0),
        ("max_grad_norm", 0),
        ("text_encoder_learning_rate_scale", -0.1),
        ("text_encoder", 1),
        ("prior_loss_weight", float("inf")),
        ("cut_mix_probability", 1.1),
        ("cut_mix_probability", -0.1),
        ("unmix_weight", float("inf")),
        ("unmix_layers", 16),
        ("prior_companions", "next to a cup,"),
        ("prior_companions", " "),
        ("nonsense", 1),
    ],
)
def test_a_bad_setting_is_refused_by_name(field: str, value: object) -> None:
    """Unknown names, wrong types and values out of range raise with the field."""
    with pytest.raises(RecipeInvalid, match=f"'{field}'"):
        Recipe.from_mapping({field: value})

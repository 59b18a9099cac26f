import torch

from svdiff_core.spectral.fingerprint import fingerprint


def weights(seed: int = 0) -> dict[str, torch.Tensor]:
    """Two named weights."""
    generator = torch.Generator().manual_seed(seed)
    return {"b": torch.randn((4, 3), generator=generator), "a": torch.randn(5, generator=generator)}


def test_the_order_of_the_weights_does_not_matter() -> None:
    """The same weights in another order have the same fingerprint."""
    forward = weights()
    backward = dict(reversed(forward.items()))
    assert fingerprint(forward.items()) == fingerprint(backward.items())


def test_half_precision_and_its_exact_upcast_have_one_fingerprint() -> None:
    """An fp16 or bf16 weight and its float32 copy agree, so the load dtype does not change the identity."""
    for dtype in (torch.float16, torch.bfloat16):
        stored = {name: weight.to(dtype) for name, weight in weights().items()}
        upcast = {name: weight.float() for name, weight in stored.items()}
        assert fingerprint(stored.items()) == fingerprint(upcast.items())


def test_memory_layout_does_not_matter() -> None:
    """A transposed view and its contiguous copy have one fingerprint."""
    weight = torch.randn(3, 4).T
    assert fingerprint([("a", weight)]) == fingerprint([("a", weight.contiguous())])


def test_one_changed_bit_name_or_shape_changes_it() -> None:
    """The fingerprint depends on every value, name and shape."""
    original = weights()
    changed = {**original, "a": original["a"].nextafter(torch.tensor(9.0))}
    renamed = {"c" if name == "a" else name: weight for name, weight in original.items()}
    reshaped = {**original, "b": original["b"].view(3, 4)}
    marks = {fingerprint(w.items()) for w in (original, changed, renamed, reshaped)}
    assert len(marks) == 4


def test_the_fingerprint_is_this_one_for_good() -> None:
    """A known weight keeps its fingerprint over versions: stored shifts depend on it."""
    mark = fingerprint([("layer", torch.tensor([[1.0, 2.0], [3.0, 4.0]]))])
    assert mark == "svd1-8efe5763b1d34b824f5d67e989e703e1b5b66e79f45e17919046de87086b7356"

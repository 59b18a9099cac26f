"""The identity of a base: a hash of the weights that carry shifts."""

import hashlib
import struct
from collections.abc import Iterable

import torch
from torch import Tensor

ALGORITHM = "svd1"


def fingerprint(weights: Iterable[tuple[str, Tensor]]) -> str:
    """`svd1-<sha256 hex>` over names, shapes and values of the tuned weights.

    Values count as little-endian float32, so an fp16 file and its exact fp32 copy agree. U and V are
    left out on purpose: they differ between SVD routines, the weights do not, and a shift moves between
    installations. Compute it from the stored weights, before any cast that loses bits.
    """
    digest = hashlib.sha256(ALGORITHM.encode())
    for name, weight in sorted(weights, key=lambda item: item[0]):
        label = name.encode()
        digest.update(struct.pack(f"<I{len(label)}sI{weight.ndim}Q", len(label), label, weight.ndim, *weight.shape))
        values = weight.detach().to(device="cpu", dtype=torch.float32).contiguous().numpy()
        digest.update(values.astype("<f4", copy=False).data)
    return f"{ALGORITHM}-{digest.hexdigest()}"

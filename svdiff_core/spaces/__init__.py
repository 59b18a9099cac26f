"""Parameter spaces: what a fine-tune may change in a base, one space a file, all trained by the same loop.

`space.py` is the protocol, and `adapter.py` what a training of any of them gives, with its file. `spectral.py` is
SVDiff's own; `full.py`, `lora.py` and `cross_attention_kv.py` are there for comparison.
"""

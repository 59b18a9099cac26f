"""Sampling pictures from prompts, and from other pictures.

`sampler.py` is the place to start: sampling is a generator of steps, under one adapter or none. `mixed.py` samples
several requests in one batch, each under its own shift. `editing.py` edits a picture by inversion (`inversion.py`),
`instruct.py` by an instruction.
"""

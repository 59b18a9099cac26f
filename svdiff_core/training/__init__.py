"""Fine-tuning: batches, losses, optimizer, resumable state, and checks on held-out prompts.

`loop.py` is the place to start: a training is a generator of steps (eq. 3). `subjects.py` and `batches.py` make what a
step is trained on, with prior pictures (`prior.py`) and pictures of two subjects stitched (`cut_mix.py`, `unmix.py`).
`monitored.py` measures a training while it runs, and ends it when it no longer improves.
"""

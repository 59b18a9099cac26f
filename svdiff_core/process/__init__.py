"""Noise processes: noise is added to pictures in training, and removed in sampling. `ddim.py` is the only one."""

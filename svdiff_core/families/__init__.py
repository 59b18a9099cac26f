"""Families of diffusion models; only here diffusers is imported.

`stable_diffusion.py` loads a base of the one family there is, encodes prompts and pictures, and runs the denoiser;
`cross_attention.py` records where its pictures attend to tokens. Nothing else knows which family a base is of.
"""

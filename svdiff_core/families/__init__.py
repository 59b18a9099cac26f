"""Diffusion model families: the only place that knows diffusers and transformers."""

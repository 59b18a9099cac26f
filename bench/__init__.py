"""Benchmarks, and the training of the base model that ships."""

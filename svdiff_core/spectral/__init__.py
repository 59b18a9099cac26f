"""Weights as U diag(σ) Vᵀ, and modules that carry a shift in that form."""

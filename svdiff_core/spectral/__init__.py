"""Weights as U diag(σ) Vᵀ, and modules that carry a shift in that form.

`module.py` is the place to start: `attach` lets a module run in factored form, for training and for batches with a
shift a sample; `merge.py` changes plain weights instead, for many steps of one shift. `factors.py` computes and stores
the SVD of a base once, `layers.py` says which layers can carry a shift, and `fingerprint.py` identifies a base.
"""

"""Measuring a base of the emoji world by the judge: `svdiff evaluate base`.

`evaluation.py` is the place to start: the rows of the table, one after the other. `base_rows.py` has those that need no
fine-tuning, `personalization.py` the others; `report.py` writes the table, the numbers and the picture.
"""

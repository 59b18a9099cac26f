"""The base that ships, its judge, and its evaluation; the method itself knows nothing of them.

`bases/` and `judges/` hold the weights. `judge.py` reads pictures and prompts with two small towers (`judge_image.py`,
`judge_text.py`), and `judge_metrics.py` makes it a metric. `evaluation/` is the command `svdiff evaluate base`.
"""

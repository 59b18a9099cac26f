"""Metrics of pictures: how well they fit a prompt, and how much they show of a subject.

`alignment.py` is the interface; `clip.py`, `lpips.py` and the judges that bases bring along implement it, and
`lookup.py` finds which of them measure the pictures of a base.
"""

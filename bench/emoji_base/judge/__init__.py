"""The judge of the emoji base: an image tower and a text tower, trained on rendered scenes alone.

`python -m bench.emoji_base judge` does all of it and resumes where it was interrupted.
"""

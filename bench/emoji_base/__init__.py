"""The project's own small text-to-image base: its data, its training and its pipeline folder.

`python -m bench.emoji_base train` does all of it and resumes where it was interrupted.
"""

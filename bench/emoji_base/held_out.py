"""What neither the base nor any judge of it ever sees in training: the one list of it.

The set draws the personal subjects; the nouns test words that no picture taught.
"""

SUBJECT_SET = "emojione"
NOUN_WORDS = frozenset({"owl", "unicorn", "turtle", "banana", "boat"})

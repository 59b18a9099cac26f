"""What neither the base nor any judge of it ever sees in training: the one list of it.

The set draws the personal subjects; the nouns test words that no picture taught.
"""

SUBJECT_SET = "emojione"
NOUN_WORDS = frozenset({"owl", "unicorn", "turtle", "banana", "boat"})

# The set's drawings that are learned as subjects: recipes are chosen on some, the final figures are about others.
SWEEP_SUBJECTS = ("cat", "bear", "penguin", "car")
FIGURE_SUBJECTS = ("dog", "panda", "lion", "fox", "pig", "monkey", "gift", "ghost")

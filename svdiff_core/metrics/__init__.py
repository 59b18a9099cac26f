"""How well pictures fit words, and how much of a subject is in them: one interface, three ways to measure."""

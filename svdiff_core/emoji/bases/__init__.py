"""The base models that ship, one folder each."""

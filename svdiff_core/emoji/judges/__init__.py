"""Judges that ship with the package, a folder each."""

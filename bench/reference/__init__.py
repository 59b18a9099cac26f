"""Pages of docs/ that are made of the code: `python -m bench.reference` writes them, a test compares them."""

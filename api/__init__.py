"""HTTP in, HTTP out: no decision is made here, and no torch is imported."""

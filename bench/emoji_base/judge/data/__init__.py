"""What the judge learns from."""

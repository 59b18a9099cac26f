"""What a fine-tune may be asked for: methods and recipes; needs no torch."""

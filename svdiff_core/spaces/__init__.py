"""What a fine-tune may change in a base: one parameter space a file, all trained by the same loop."""

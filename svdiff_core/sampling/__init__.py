"""Pictures from prompts, and from other pictures."""

"""The kinds of job: fine-tune, generate, edit."""

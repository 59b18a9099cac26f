"""The emoji base as a pipeline folder with its card."""

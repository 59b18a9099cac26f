"""Base models in a device's memory."""

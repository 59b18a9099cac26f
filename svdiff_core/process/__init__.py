"""Noise processes: how pictures become noise, and come back."""

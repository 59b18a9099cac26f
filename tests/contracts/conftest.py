"""The contracts are read off a running server."""

from tests.api.conftest import live

__all__ = ["live"]

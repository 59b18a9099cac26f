"""The routes: a handler is its signature."""

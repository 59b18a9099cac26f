"""The base that ships, its judge, and its evaluation; the method itself knows nothing of them."""

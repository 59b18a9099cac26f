"""Bodies too large for memory: spooled to a file, with few slots a process."""

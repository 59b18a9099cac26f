"""What every request passes: its id and log line, and the bound of its body."""

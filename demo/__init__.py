"""The main job, end to end, over HTTP: `make demo`."""

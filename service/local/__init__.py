"""The whole service on one machine: servers, processes, and the way from a command line to them."""

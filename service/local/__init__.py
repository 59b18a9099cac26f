"""The whole service on one machine: its servers, its processes, and how a command line tool connects to them."""

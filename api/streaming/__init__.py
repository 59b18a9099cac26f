"""Server-sent events and streamed results: one hub a process, read by any number of clients."""

"""The servers and clocks that everything else stands on: database, broker, object store, logs."""

"""Infrastructure that everything else uses: database, broker, object store, clock, logs, migrations."""

"""From the stored tables and strips to the page: `docs/report`."""

"""Jobs in, artifacts out: the only place where the service's words meet svdiff_core's."""

"""Models on this machine: what there is, fetching it, and the worker processes that run it."""

"""Use cases: what the gateway does with a request, independent of how it came in."""

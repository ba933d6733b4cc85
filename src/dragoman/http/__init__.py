"""The edge: HTTP in, answers out. The data plane is one bare ASGI callable with a table of paths."""

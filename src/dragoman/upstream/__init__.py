"""The only place that opens client connections: one transport, its pool, and the calls made over it."""

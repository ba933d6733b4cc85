"""Bytes to frames and back, without input or output: server-sent events, and JSON whose bytes must survive."""

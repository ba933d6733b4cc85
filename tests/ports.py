"""Ports for servers that are told theirs before they listen."""

from __future__ import annotations

import os
import socket
from itertools import count

FIRST, LAST = 10_000, 30_000
"""Below those that the kernel gives to any connection and to whoever asks for any port: they are taken at any moment."""

_numbers = count(os.getpid() * 1009)
"""Each process begins elsewhere, so that two of them never try the same at the same time."""


def find_free_port() -> int:
    """A port of loopback on which nobody listens, and which nobody else is told."""
    while True:
        port = FIRST + next(_numbers) % (LAST - FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port

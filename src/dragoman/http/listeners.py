"""The sockets that the gateway listens on, opened before anything else is, so that a second gateway on the same port
ends at once, says why, and has touched nothing."""

from __future__ import annotations

import errno
import os
import socket

from dragoman.config.problems import configuration_error
from dragoman.errors import DragomanError

BACKLOG = 4096
DEFAULT_PORT = 8642

_REASONS = {
    errno.EADDRINUSE: "Port {port} of {host} is in use, perhaps by a gateway that runs already. "
    "Choose another port: --port {other}",
    errno.EACCES: "Port {port} of {host} wants rights that this process does not have. "
    "Choose a port above 1023: --port {other}",
    errno.EADDRNOTAVAIL: "{host} is no address of this machine. Choose another one with --host; "
    "127.0.0.1 is for this machine alone.",
}


def open_listeners(host: str, port: int) -> list[socket.socket]:
    """A listening socket for each address of the host. All are open, or none."""
    opened: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            listener = socket.socket(family, kind, protocol)
            opened.append(listener)
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
    except OSError as error:
        for listener in opened:
            listener.close()
        raise _explain(error, host, port) from None
    return opened


def _explain(error: OSError, host: str, port: int) -> DragomanError:
    if isinstance(error, socket.gaierror):
        return configuration_error(
            f"{host!r} is no address and no name that this machine knows. Choose another: --host"
        )
    other = port + 1 if DEFAULT_PORT <= port < 65535 else DEFAULT_PORT
    reason = _REASONS.get(error.errno or 0, "Port {port} of {host} cannot be listened on: {why}.")
    return configuration_error(reason.format(host=host, port=port, other=other, why=error.strerror))

"""Which `Host` and `Origin` headers are let in: the guard against pages of other sites that reach for a local port.

A browser can be made to send requests to 127.0.0.1 under a foreign name (DNS rebinding) or from a foreign page. Both
show in these two headers. Names are compared without their port.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from dragoman.errors import DragomanError, Kind

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
MAX_REMEMBERED = 256


class HostGuard:
    """Remembers the hosts it has let in, so that the usual request costs one set lookup."""

    __slots__ = ("_any_host", "_names", "_origins", "_seen")

    def __init__(self, names: Iterable[str], origins: Iterable[str], *, any_host: bool) -> None:
        self._names = LOOPBACK_NAMES | {name.lower() for name in names}
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)
        self._any_host = any_host
        self._seen: set[bytes] = set()

    def check(self, host: bytes, origin: bytes) -> None:
        """Raises PERMISSION for a foreign host or origin."""
        if host not in self._seen:
            if not self._any_host and _name_of(host.decode("latin-1")) not in self._names:
                raise DragomanError(
                    Kind.PERMISSION, "This Host header is not served here; add it to `server.allowed_hosts`."
                )
            if len(self._seen) < MAX_REMEMBERED:
                self._seen.add(host)
        if origin:
            self._check_origin(origin.decode("latin-1").lower())

    def is_listed(self, origin: bytes) -> bool:
        """Whether the operator wants pages of this origin to call. One's own names are let in, but not listed by that:
        anything may run on another port of this machine."""
        return origin.decode("latin-1").lower() in self._origins

    def _check_origin(self, origin: str) -> None:
        if origin in self._origins:
            return
        try:
            name = urlsplit(origin).hostname or ""
        except ValueError:
            name = ""
        if name not in self._names:
            raise refuse_origin()


def refuse_origin() -> DragomanError:
    """What a page that may not call hears; its browser shows it to the developer only."""
    return DragomanError(
        Kind.PERMISSION, "Pages of this origin may not call the gateway; add it to `server.allowed_origins`."
    )


def _name_of(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()

"""Writes the head of a request.

The caller's headers are taken as they are; host, length and (unless the caller asks for another) a plain content
coding are added. Requests to one origin mostly have the same headers, so the last few heads are remembered without
their length. Invariant: no header or target, whatever bytes it holds, adds a line to the head. RFC 9112 §2–3.
"""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.proxy import DEFAULT_PORTS, Proxy, format_authority
from dragoman.upstream.transport import Origin, OutgoingRequest

_CR, _LF, _SPACE = b"\r\n "
MAX_KNOWN_HEADS = 256
_METHODS_WITH_BODY = frozenset((b"POST", b"PUT", b"PATCH"))


class HeadBuilder:
    """Builds the heads of all requests to one origin."""

    __slots__ = ("_after_target", "_before_target", "_known")

    def __init__(self, origin: Origin, proxy: Proxy | None) -> None:
        authority = format_host(origin)
        self._before_target = b" "
        self._after_target = b" HTTP/1.1\r\nhost: " + authority + b"\r\n"
        if proxy is not None and origin.scheme == "http":
            self._before_target = b" http://" + authority
            if proxy.authorization is not None:
                self._after_target += b"proxy-authorization: " + proxy.authorization + b"\r\n"
        self._known: dict[tuple[object, ...], tuple[bytes, bytes]] = {}

    def build(self, request: OutgoingRequest) -> bytes:
        """Request line and headers, up to and with the empty line."""
        key = (request.method, request.target, tuple(request.headers))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MAX_KNOWN_HEADS:
                self._known.clear()
            known = self._known[key] = self._write(request)
        before_length, after_length = known
        length = len(request.body)
        if length or request.method in _METHODS_WITH_BODY:
            return b"%bcontent-length: %d\r\n%b" % (before_length, length, after_length)
        return before_length + after_length

    def _write(self, request: OutgoingRequest) -> tuple[bytes, bytes]:
        """The head without its length, in two halves."""
        target, headers = request.target, request.headers
        fields = b"\r\n".join([*map(b": ".join, headers), b"\r\n"])
        line_breaks = len(headers) + 1
        is_broken = _SPACE in target or _CR in target or _LF in target
        if is_broken or fields.count(_CR) != line_breaks or fields.count(_LF) != line_breaks:
            message = "a request to a provider has a line break in a header or a space in its path"
            raise DragomanError(Kind.INTERNAL, message, blame="gateway", phase="connect")
        if not any(name == b"accept-encoding" for name, _ in headers):
            fields = b"accept-encoding: identity\r\n" + fields
        return request.method + self._before_target + target + self._after_target, fields


def format_host(origin: Origin) -> bytes:
    """The origin as a `host` header names it: the port is left out if it is the scheme's own."""
    if origin.port != DEFAULT_PORTS[origin.scheme]:
        return format_authority(origin.host, origin.port).encode()
    return (f"[{origin.host}]" if ":" in origin.host else origin.host).encode()

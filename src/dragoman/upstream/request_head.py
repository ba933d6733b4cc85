"""Writes the head of a request: what never changes for an origin is built once.

The caller's headers are taken as they are; host, length and (unless the caller asks for another) a plain content
coding are added. Invariant: no header or target, whatever bytes it holds, adds a line to the head. RFC 9112 §2–3.
"""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.proxy import DEFAULT_PORTS, Proxy, format_authority
from dragoman.upstream.transport import Origin, OutgoingRequest

_CR, _LF, _SPACE = b"\r\n "
_METHODS_WITH_BODY = frozenset((b"POST", b"PUT", b"PATCH"))


class HeadBuilder:
    """Builds the heads of all requests to one origin."""

    __slots__ = ("_after_target", "_before_target", "_fixed_line_breaks")

    def __init__(self, origin: Origin, proxy: Proxy | None) -> None:
        authority = _format_host(origin)
        is_absolute = proxy is not None and origin.scheme == "http"
        lines = [b" HTTP/1.1", b"host: " + authority]
        if is_absolute and proxy is not None and proxy.authorization is not None:
            lines.append(b"proxy-authorization: " + proxy.authorization)
        self._before_target = b"http://" + authority if is_absolute else b""
        self._after_target = b"\r\n".join(lines)
        self._fixed_line_breaks = len(lines) - 2  # those inside `_after_target`, less one: n lines have n - 1

    def build(self, request: OutgoingRequest) -> bytes:
        """Request line and headers, up to and with the empty line."""
        target = request.target
        lines = [b"%b %b%b%b" % (request.method, self._before_target, target, self._after_target)]
        if request.body or request.method in _METHODS_WITH_BODY:
            lines.append(b"content-length: %d" % len(request.body))
        lines += map(b": ".join, request.headers)
        head = b"\r\n".join(lines)
        line_breaks = len(lines) + self._fixed_line_breaks
        if head.count(_CR) != line_breaks or head.count(_LF) != line_breaks or _SPACE in target:
            message = "a request to a provider has a line break in a header or a space in its path"
            raise DragomanError(Kind.INTERNAL, message, blame="gateway", phase="connect")
        if head.find(b"\r\naccept-encoding:") >= 0:
            return head + b"\r\n\r\n"
        return head + b"\r\naccept-encoding: identity\r\n\r\n"


def _format_host(origin: Origin) -> bytes:
    """The origin as a `host` header names it: the port is left out if it is the scheme's own."""
    if origin.port != DEFAULT_PORTS[origin.scheme]:
        return format_authority(origin.host, origin.port).encode()
    return (f"[{origin.host}]" if ":" in origin.host else origin.host).encode()

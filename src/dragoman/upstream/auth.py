"""How a credential is shown to a provider: a table of schemes, each turning a secret into headers or a query."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Shown


def _show_header(name: bytes, prefix: bytes = b"") -> Callable[[str], Shown]:
    return lambda secret: Shown(headers=((name, prefix + secret.encode()),))


SCHEMES: dict[str, Callable[[str], Shown]] = {
    "none": lambda _: Shown(),
    "bearer": _show_header(b"authorization", b"Bearer "),
    "x-api-key": _show_header(b"x-api-key"),
    "x-goog-api-key": _show_header(b"x-goog-api-key"),
    "api-key": _show_header(b"api-key"),
    "query": lambda secret: Shown(query=b"key=" + quote(secret, safe="").encode()),
}


def show_secret(scheme: str, secret: str) -> Shown:
    """The secret in the form of a scheme; refuses characters that would break out of a header."""
    show = SCHEMES.get(scheme)
    if show is None:
        known = ", ".join(sorted(SCHEMES))
        raise DragomanError(
            Kind.INVALID_REQUEST, f"The auth scheme {scheme!r} is not known; use one of {known}.", blame="gateway"
        )
    if not secret.isascii() or not secret.isprintable():
        raise DragomanError(
            Kind.INVALID_REQUEST,
            "A credential has characters that cannot stand in a header; look for a stray line break.",
            blame="gateway",
        )
    return show(secret)

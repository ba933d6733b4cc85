"""What a browser must hear before a page of another origin may call the gateway and read its answers.

Only pages whose origin the operator has listed get these headers, each its own origin and never `*`. Credentials in
the browser's sense (cookies) are not allowed: the gateway has none, keys travel in headers that a page sets itself.
Spec: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dragoman.routing.target import HeaderPairs

MAX_ASKED_BYTES = 4096
MAX_AGE_SECONDS = 7200  # the longest that Chromium keeps a preflight

EXPOSED = (
    b"x-dragoman-exchange, x-dragoman-target, x-dragoman-losses, x-dragoman-estimate, "
    b"x-dragoman-cache, x-dragoman-replayed, "
    b"request-id, x-request-id, openai-processing-ms, openai-version, openai-model, retry-after, retry-after-ms"
)
"""The headers of an answer that a page may read; a name cannot end in `*` here."""

_NAMES = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~, -]+")


def build_page_headers(origin: bytes) -> HeaderPairs:
    """What goes with every answer, error and stream to a page of a listed origin."""
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", EXPOSED),
        (b"vary", b"Origin"),
    )


def build_preflight(headers: Iterable[tuple[bytes, bytes]]) -> HeaderPairs:
    """The answer to a browser that asks whether it may send a request. Whatever headers it names may come: each SDK has
    its own, and a header that means nothing here is not read."""
    asked = dict(headers)
    answer = [
        (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
        (b"access-control-max-age", b"%d" % MAX_AGE_SECONDS),
    ]
    names = asked.get(b"access-control-request-headers", b"")
    if len(names) <= MAX_ASKED_BYTES and _NAMES.fullmatch(names):
        answer.append((b"access-control-allow-headers", names))
    if asked.get(b"access-control-request-private-network") == b"true":
        answer.append((b"access-control-allow-private-network", b"true"))
    return tuple(answer)

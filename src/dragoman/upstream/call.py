"""From an attempt and a request in the provider's words to a call over the transport."""

from __future__ import annotations

from functools import lru_cache

from dragoman.dialects.base import WireRequest
from dragoman.routing.target import Attempt, Face, HeaderPairs, Timeouts
from dragoman.upstream.transport import OutgoingRequest

_CONTENT_TYPE = b"content-type"


def build_call(
    attempt: Attempt, face: Face, wire: WireRequest, forwarded: HeaderPairs, timeouts: Timeouts | None = None
) -> OutgoingRequest:
    """The whole outgoing request. A header that the client may choose (`forwarded`) replaces the dialect's own of the
    same name; the operator's and the credential's come last and replace both."""
    provider = attempt.target.provider
    shown = attempt.credential.shown[face.dialect]
    target = (face.base_path + wire.path).encode()
    if shown.query:
        target += (b"&" if b"?" in target else b"?") + shown.query
    headers = _select_headers(wire.content_type, wire.headers, forwarded, provider.headers, shown.headers)
    return OutgoingRequest(
        face.origin, b"POST", target, headers, wire.body, timeouts or provider.timeouts, shown.withheld
    )


@lru_cache(maxsize=512)
def _select_headers(
    content_type: bytes, own: HeaderPairs, forwarded: HeaderPairs, fixed: HeaderPairs, credential: HeaderPairs
) -> HeaderPairs:
    """Mostly those of the request before: the very same, so that whoever looks them up need not compare them."""
    fixed_names = {name for name, _ in fixed}
    chosen_names = fixed_names | {name for name, _ in forwarded}
    kept = [pair for pair in ((_CONTENT_TYPE, content_type), *own) if pair[0] not in chosen_names]
    return (*kept, *(pair for pair in forwarded if pair[0] not in fixed_names), *fixed, *credential)

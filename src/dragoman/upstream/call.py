"""From an attempt and a request in the provider's words to a call over the transport."""

from __future__ import annotations

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
    credential = attempt.credential.shown[face.dialect]
    target = (face.base_path + wire.path).encode()
    if credential.query:
        target += (b"&" if b"?" in target else b"?") + credential.query
    headers = [(_CONTENT_TYPE, wire.content_type), *wire.headers]
    if forwarded or provider.headers:
        chosen = {name for name, _ in forwarded} | {name for name, _ in provider.headers}
        headers = [pair for pair in headers if pair[0] not in chosen]
        fixed = {name for name, _ in provider.headers}
        headers += [pair for pair in forwarded if pair[0] not in fixed]
        headers += provider.headers
    headers += credential.headers
    return OutgoingRequest(
        origin=face.origin,
        method=b"POST",
        target=target,
        headers=headers,
        body=wire.body,
        timeouts=timeouts or provider.timeouts,
        withheld=credential.withheld,
    )

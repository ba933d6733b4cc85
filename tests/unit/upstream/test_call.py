"""The whole outgoing request, and whose header wins."""

from __future__ import annotations

import msgspec

from dragoman.dialects.base import WireRequest
from dragoman.routing.target import Attempt, Credential, Face, HeaderPairs, Origin, Provider, Shown, Target, Timeouts
from dragoman.upstream.call import build_call

FACE = Face("anthropic_messages", Origin("https", "a.example", 443), "/base")
WIRE = WireRequest("/v1/messages?x=1", b"{}", ((b"anthropic-version", b"2023-06-01"),))


def make_attempt(shown: Shown, headers: HeaderPairs = ()) -> Attempt:
    credential = Credential("a-1", {"anthropic_messages": shown})
    return Attempt(Target(Provider("a", (FACE,), (credential,), headers), "m"), credential, 1)


def test_the_path_is_joined_to_the_base_and_the_query_to_the_path() -> None:
    call = build_call(make_attempt(Shown(query=b"key=k")), FACE, WIRE, ())
    assert call.target == b"/base/v1/messages?x=1&key=k"
    plain = msgspec.structs.replace(WIRE, path="/v1/messages")
    assert build_call(make_attempt(Shown(query=b"key=k")), FACE, plain, ()).target == b"/base/v1/messages?key=k"


def test_a_client_may_replace_what_the_dialect_says_and_the_operator_replaces_both() -> None:
    shown = Shown(((b"x-api-key", b"secret"),))
    forwarded = ((b"anthropic-version", b"2099-01-01"), (b"anthropic-beta", b"client"))
    operator = ((b"anthropic-beta", b"operator"),)
    headers = build_call(make_attempt(shown, operator), FACE, WIRE, forwarded).headers
    assert headers == (
        (b"content-type", b"application/json"),
        (b"anthropic-version", b"2099-01-01"),
        (b"anthropic-beta", b"operator"),
        (b"x-api-key", b"secret"),
    )


def test_nothing_of_one_call_is_in_the_next() -> None:
    beta = b"anthropic-beta"
    for number in range(3):
        value = b"%d" % number
        attempt = make_attempt(Shown(((b"x-api-key", b"secret-" + value),)), ((b"x-title", value),))
        wire = msgspec.structs.replace(WIRE, content_type=b"multipart/form-data; boundary=" + value)
        call = build_call(attempt, FACE, wire, ((beta, value),))
        assert call.headers[:2] == ((b"content-type", wire.content_type), *wire.headers)
        assert call.headers[2:] == ((beta, value), (b"x-title", value), (b"x-api-key", b"secret-" + value))


def test_a_routes_timeouts_stand_above_the_providers() -> None:
    attempt = make_attempt(Shown())
    assert build_call(attempt, FACE, WIRE, ()).timeouts == attempt.target.provider.timeouts
    assert build_call(attempt, FACE, WIRE, (), Timeouts(total=1.0)).timeouts.total == 1.0

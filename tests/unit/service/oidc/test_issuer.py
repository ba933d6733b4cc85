"""What an identity provider is asked, how often, and what is not believed of it."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.oidc import OidcSettings
from dragoman.errors import DragomanError, Kind
from dragoman.model.secret import Secret
from dragoman.service.oidc.issuer import AGAIN_SECONDS, KEPT_SECONDS, Issuer, build_basic, build_request
from dragoman.service.oidc.signatures import is_signed_by
from dragoman.service.oidc.tokens import parse_id_token
from dragoman.upstream.scripted import Script, ScriptedTransport, Scripts
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, Provider

SETTINGS = OidcSettings("https://id.example", CLIENT_ID, Secret(CLIENT_SECRET), "https://llm.example")
DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"


def make_issuer(scripts: Scripts, clock: FixedClock | None = None) -> Issuer:
    return Issuer(SETTINGS, ScriptedTransport(scripts), clock or FixedClock(), is_signed_by)


def test_its_pages_are_looked_up_once_an_hour() -> None:
    provider, clock = Provider(), FixedClock()
    issuer = make_issuer(provider.answer, clock)
    for _ in range(2):
        asyncio.run(issuer.discover())
    assert provider.asked == [DISCOVERY]
    clock.advance(KEPT_SECONDS + 1)
    asyncio.run(issuer.discover())
    assert provider.asked == [DISCOVERY] * 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"issuer": "https://other.example"}, "another issuer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "not safe"),
        ({"authorization_endpoint": "https://id.example/a?x=\r\ny: z"}, "not safe"),
        ({"authorization_endpoint": "http://id.example/authorize"}, "not safe"),
        ({"token_endpoint": 7}, "something else"),
    ],
)
def test_pages_of_somebody_else_or_in_the_clear_are_not_used(said: dict[str, object], reason: str) -> None:
    provider = Provider()
    provider.discovery = said
    with pytest.raises(DragomanError, match=reason):
        asyncio.run(make_issuer(provider.answer).discover())


def test_keys_in_the_clear_are_not_asked_for() -> None:
    provider = Provider()
    provider.discovery = {"jwks_uri": "http://id.example/keys"}
    token = parse_id_token(provider.make_token("n"))
    with pytest.raises(DragomanError, match="not safe"):
        asyncio.run(make_issuer(provider.answer).check_signature(token))


def test_a_key_that_is_new_is_found_and_an_unknown_one_asked_for_once_a_minute() -> None:
    provider, clock = Provider(), FixedClock()
    issuer = make_issuer(provider.answer, clock)
    asyncio.run(issuer.check_signature(parse_id_token(provider.make_token("n"))))
    provider.kid = "second"
    renewed = parse_id_token(provider.make_token("n"))
    for _ in range(3):
        with pytest.raises(DragomanError, match="none of the issuer's keys"):
            asyncio.run(issuer.check_signature(renewed))
    assert provider.asked.count(KEYS) == 1
    clock.advance(AGAIN_SECONDS)
    asyncio.run(issuer.check_signature(renewed))
    assert provider.asked.count(KEYS) == 2


def test_what_we_would_have_to_understand_and_do_not_is_refused() -> None:
    provider = Provider()
    provider.head = {"crit": ["b64"], "b64": False}
    with pytest.raises(DragomanError, match="none of the issuer's keys"):
        asyncio.run(make_issuer(provider.answer).check_signature(parse_id_token(provider.make_token("n"))))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Script(500, [], (b"oops",)), "status 500"),
        (Script(200, [], (b"<html>",)), "something else"),
        (DragomanError(Kind.UNAVAILABLE, "no connection", blame="upstream"), "cannot be reached"),
    ],
)
def test_a_provider_that_fails_is_told_as_such(script: Script | DragomanError, reason: str) -> None:
    with pytest.raises(DragomanError, match=reason) as caught:
        asyncio.run(make_issuer([script]).discover())
    assert caught.value.kind is Kind.UNAVAILABLE


def test_requests_go_where_the_address_says_and_secrets_are_escaped_first() -> None:
    request = build_request("GET", "http://127.0.0.1:9/keys?a=b")
    assert (request.origin.scheme, request.origin.port, request.target) == ("http", 9, b"/keys?a=b")
    assert build_request("GET", "https://id.example").origin.port == 443
    assert build_basic("a:b", "c d") == b"Basic YSUzQWI6YyUyMGQ="

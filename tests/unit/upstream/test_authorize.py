"""What is withheld is signed or gets a token right before it is sent; all else passes straight through."""

from __future__ import annotations

import asyncio

import msgspec

from dragoman.clock import FixedClock
from dragoman.model.secret import Secret
from dragoman.routing.target import Origin, Withheld
from dragoman.upstream.authorize import MAX_SOURCES, AuthorizingTransport
from dragoman.upstream.scripted import Script, ScriptedTransport, Scripts
from dragoman.upstream.transport import OutgoingRequest
from tests.unit.upstream.service_account import USER_TEXT

PLAIN = OutgoingRequest(Origin("https", "bedrock-runtime.eu-west-3.amazonaws.com", 443), b"POST", b"/x", [], b"{}")
SIGNED = msgspec.structs.replace(PLAIN, withheld=Withheld("sigv4", Secret("id:secret:token")))
TOKEN = msgspec.structs.replace(PLAIN, withheld=Withheld("google-oauth", Secret(USER_TEXT)))
GRANT = Script(chunks=(b'{"access_token": "t1"}',))


def send(*requests: OutgoingRequest, scripts: Scripts) -> list[OutgoingRequest]:
    """What reaches the network."""
    inner = ScriptedTransport(scripts)
    transport = AuthorizingTransport(inner, FixedClock())

    async def run() -> None:
        for request in requests:
            answer = await transport.send(request)
            answer.close()
        await transport.aclose()

    asyncio.run(run())
    return inner.requests


def test_what_is_not_withheld_is_sent_as_it_is() -> None:
    assert send(PLAIN, scripts=[Script()])[0] is PLAIN


def test_a_sigv4_secret_signs_and_does_not_travel() -> None:
    (sent,) = send(SIGNED, scripts=[Script()])
    headers = dict(sent.headers)
    assert headers[b"authorization"].startswith(b"AWS4-HMAC-SHA256 Credential=id/20250615/eu-west-3/bedrock/")
    assert headers[b"x-amz-security-token"] == b"token"
    assert not any(b"secret" in value for value in headers.values())


def test_a_google_account_buys_one_token_for_many_requests() -> None:
    asked, first, second = send(TOKEN, TOKEN, scripts=[GRANT, Script(), Script()])
    assert (asked.origin.host, asked.target) == ("oauth2.googleapis.com", b"/token")
    assert dict(first.headers)[b"authorization"] == dict(second.headers)[b"authorization"] == b"Bearer t1"


def test_after_a_401_the_next_request_buys_another_token() -> None:
    sent = send(TOKEN, TOKEN, scripts=[GRANT, Script(401), GRANT, Script()])
    assert [request.origin.host == "oauth2.googleapis.com" for request in sent] == [True, False, True, False]


def test_accounts_do_not_pile_up() -> None:
    texts = [USER_TEXT.replace('"r"', f'"r{number}"') for number in range(MAX_SOURCES + 1)]
    requests = [msgspec.structs.replace(PLAIN, withheld=Withheld("google-oauth", Secret(text))) for text in texts]
    sent = send(
        *requests, requests[-1], requests[0], scripts=lambda asked: GRANT if asked.target == b"/token" else Script()
    )
    tokens = [request for request in sent if request.target == b"/token"]
    assert len(tokens) == MAX_SOURCES + 2  # the last one is known, the first one no longer

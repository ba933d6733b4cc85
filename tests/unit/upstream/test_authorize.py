"""What is withheld is signed or gets a token right before it is sent; all else passes straight through."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Literal

import msgspec
import pytest

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
GRANT = Script(chunks=(b'{"access_token": "t1", "expires_in": 3600}',))
LENT = msgspec.structs.replace(PLAIN, withheld=Withheld("aws", Secret("default")))
ENTRA = msgspec.structs.replace(PLAIN, withheld=Withheld("entra", Secret("tenant:client:canary")))
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "canary", "AWS_SESSION_TOKEN": "token"}


def start(work: Coroutine[Any, Any, None], name: str) -> None:
    """Nothing here lasts so long that it has to be renewed."""
    raise AssertionError(name)


def send(*requests: OutgoingRequest, scripts: Scripts, pause_seconds: float = 0) -> list[OutgoingRequest]:
    """What reaches the network; before each request but the first, some time passes."""
    inner, clock = ScriptedTransport(scripts), FixedClock()

    async def run() -> None:
        transport = AuthorizingTransport(inner, clock, start, environment=ENVIRONMENT)
        for request in requests:
            answer = await transport.send(request)
            answer.close()
            clock.advance(pause_seconds)
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


def test_after_a_401_the_same_request_goes_out_with_another_token() -> None:
    other = Script(chunks=(b'{"access_token": "t2", "expires_in": 3600}',))
    scripts = [GRANT, Script(), Script(401), other, Script(), Script()]
    asked, _, refused, again, answered, last = send(TOKEN, TOKEN, TOKEN, scripts=scripts, pause_seconds=60)
    assert asked.origin.host == again.origin.host == "oauth2.googleapis.com"
    tokens = [dict(request.headers)[b"authorization"] for request in (refused, answered, last)]
    assert tokens == [b"Bearer t1", b"Bearer t2", b"Bearer t2"]
    assert msgspec.structs.replace(refused, headers=[]) == msgspec.structs.replace(answered, headers=[])


def test_a_401_for_a_token_that_is_new_is_the_providers_last_word() -> None:
    assert len(send(TOKEN, TOKEN, scripts=[GRANT, Script(401), Script(401)])) == 3


def test_an_identity_of_amazons_that_was_found_signs_and_does_not_travel() -> None:
    (sent,) = send(LENT, scripts=[Script()])
    headers = dict(sent.headers)
    assert headers[b"authorization"].startswith(b"AWS4-HMAC-SHA256 Credential=AKID/20250615/eu-west-3/bedrock/")
    assert headers[b"x-amz-security-token"] == b"token"
    assert not any(b"canary" in value for value in headers.values())


def test_an_application_of_entra_buys_one_token_for_many_requests() -> None:
    asked, first, second = send(ENTRA, ENTRA, scripts=[GRANT, Script(), Script()])
    assert (asked.origin.host, asked.target) == ("login.microsoftonline.com", b"/tenant/oauth2/v2.0/token")
    assert dict(first.headers)[b"authorization"] == dict(second.headers)[b"authorization"] == b"Bearer t1"


@pytest.mark.parametrize(
    ("answer", "is_forgotten"),
    [
        (Script(403, [(b"x-amzn-errortype", b"ExpiredTokenException:http://x/")]), True),
        (Script(403, [(b"x-amzn-errortype", b"UnrecognizedClientException")]), True),
        (Script(403, [(b"x-amzn-errortype", b"AccessDeniedException")]), False),
        (Script(403), False),
        (Script(400, [(b"x-amzn-errortype", b"ExpiredTokenException")]), False),
    ],
)
def test_an_identity_that_has_ended_is_found_anew(answer: Script, is_forgotten: bool) -> None:
    found: list[str] = []

    class Environment(dict[str, str]):
        """Counts how often a key is looked for."""

        def get(self, name: str, default: Any = None) -> Any:
            found.extend([name] if name == "AWS_ACCESS_KEY_ID" else [])
            return super().get(name, default)

    clock = FixedClock()

    async def run() -> int:
        transport = AuthorizingTransport(
            ScriptedTransport([Script(), answer, Script()]), clock, start, environment=Environment(ENVIRONMENT)
        )
        (await transport.send(LENT)).close()
        clock.advance(60)
        return (await transport.send(LENT)).status

    status = asyncio.run(run())
    assert len(found) == 1 + is_forgotten
    assert status == (200 if is_forgotten else answer.status)


@pytest.mark.parametrize(
    ("scheme", "host"), [("entra", "169.254.169.254"), ("google-oauth", "metadata.google.internal")]
)
def test_addresses_of_the_machine_are_reached_past_every_proxy(
    scheme: Literal["entra", "google-oauth"], host: str
) -> None:
    proxied, direct = ScriptedTransport([Script()]), ScriptedTransport([GRANT])
    machine = msgspec.structs.replace(PLAIN, withheld=Withheld(scheme, Secret("default")))

    async def run() -> None:
        nowhere = {"CLOUDSDK_CONFIG": "/nowhere"}
        transport = AuthorizingTransport(proxied, FixedClock(), start, direct=direct, environment=nowhere)
        (await transport.send(machine)).close()
        await transport.aclose()

    asyncio.run(run())
    assert [request.origin.host for request in direct.requests] == [host]
    assert [request.origin for request in proxied.requests] == [PLAIN.origin]
    assert proxied.is_closed
    assert direct.is_closed


def test_accounts_do_not_pile_up() -> None:
    texts = [USER_TEXT.replace('"r"', f'"r{number}"') for number in range(MAX_SOURCES + 1)]
    requests = [msgspec.structs.replace(PLAIN, withheld=Withheld("google-oauth", Secret(text))) for text in texts]
    sent = send(
        *requests, requests[-1], requests[0], scripts=lambda asked: GRANT if asked.target == b"/token" else Script()
    )
    tokens = [request for request in sent if request.target == b"/token"]
    assert len(tokens) == MAX_SOURCES + 2  # the last one is known, the first one no longer

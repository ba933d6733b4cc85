"""Tokens of Google's: bought rightly, kept until they end, fetched by one caller for all."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.upstream.google_oauth import (
    SCOPE,
    TokenSource,
    build_token_request,
    load_account_text,
    load_signer,
    parse_account,
)
from dragoman.upstream.scripted import Script, ScriptedTransport, Step
from dragoman.upstream.transport import OutgoingRequest
from tests.unit.upstream.service_account import ACCOUNT_TEXT, FIELDS, PRIVATE_KEY, USER_TEXT

UNIX = 1_795_280_000.0


def grant(token: str = "t1", seconds: int = 3600) -> Script:
    """An answer with a token."""
    return Script(chunks=(json.dumps({"access_token": token, "expires_in": seconds, "token_type": "Bearer"}).encode(),))


def read_form(request: OutgoingRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def decode_part(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def open_source(*scripts: Script | DragomanError, text: str = USER_TEXT) -> tuple[TokenSource, ScriptedTransport]:
    transport = ScriptedTransport(scripts)
    return TokenSource(parse_account(text), transport, FixedClock()), transport


# -- accounts --------------------------------------------------------------------------------------------------------


def test_an_account_is_its_json_or_the_path_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text(ACCOUNT_TEXT, "utf-8")
    assert load_account_text(str(path)) == load_account_text(ACCOUNT_TEXT) == ACCOUNT_TEXT
    for missing in (str(tmp_path / "none.json"), str(tmp_path), "nul\x00"):
        with pytest.raises(DragomanError, match="cannot be read"):
            load_account_text(missing)


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"type": "external_account"}, "service account or of an authorised user"),
        ({"client_email": 3}, "service account or of an authorised user"),
        ({"client_email": ""}, "lack a field"),
        ({"private_key": ""}, "lack a field"),
        ({"type": "authorized_user"}, "lack a field"),
        ({"token_uri": "nowhere"}, "token_uri"),
    ],
)
def test_an_account_that_cannot_work_is_refused_without_being_shown(change: dict[str, object], mistake: str) -> None:
    with pytest.raises(DragomanError, match=mistake) as caught:
        parse_account(json.dumps({**FIELDS, **change}))
    assert caught.value.blame == "gateway"
    assert "PRIVATE" not in str(caught.value)
    assert "PRIVATE" not in repr(parse_account(ACCOUNT_TEXT))


def test_a_private_key_that_is_none_is_refused() -> None:
    account = parse_account(json.dumps({**FIELDS, "private_key": "-----BEGIN NONSENSE-----"}))
    with pytest.raises(DragomanError, match="no RSA key"):
        load_signer(account)


# -- requests --------------------------------------------------------------------------------------------------------


def test_a_service_account_shows_an_assertion_that_its_public_key_confirms() -> None:
    account = parse_account(ACCOUNT_TEXT)
    request = build_token_request(account, load_signer(account), UNIX)
    assert (request.origin.host, request.origin.port, request.target) == ("oauth2.googleapis.com", 443, b"/token")
    form = read_form(request)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    head, claims, signature = form["assertion"].split(".")
    PRIVATE_KEY.public_key().verify(decode_part(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
    assert json.loads(decode_part(head)) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert json.loads(decode_part(claims)) == {
        "iss": FIELDS["client_email"],
        "scope": SCOPE,
        "aud": FIELDS["token_uri"],
        "iat": int(UNIX),
        "exp": int(UNIX) + 3600,
    }


def test_a_user_shows_the_refresh_token() -> None:
    account = parse_account(USER_TEXT)
    assert load_signer(account) is None
    form = read_form(build_token_request(account, None, UNIX))
    assert form == {"grant_type": "refresh_token", "client_id": "c", "client_secret": "s&s", "refresh_token": "r"}


# -- tokens ----------------------------------------------------------------------------------------------------------


def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    clock = FixedClock()
    transport = ScriptedTransport([grant("t1", 3600), grant("t2", 3600)])
    source = TokenSource(parse_account(USER_TEXT), transport, clock)

    async def read() -> list[str]:
        tokens = []
        for seconds in (0, 3299, 1):
            clock.advance(seconds)
            tokens.append(await source.read_token())
        return tokens

    assert asyncio.run(read()) == ["t1", "t1", "t2"]
    assert len(transport.requests) == 2


def test_many_callers_at_once_fetch_one_token() -> None:
    async def read() -> tuple[list[str], int]:
        gate = asyncio.Event()
        transport = ScriptedTransport([Script(before_head=(gate,), chunks=grant().chunks)])
        source = TokenSource(parse_account(USER_TEXT), transport, FixedClock())
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(source.read_token()) for _ in range(50)]
            await asyncio.sleep(0)
            gate.set()
        return [task.result() for task in tasks], len(transport.requests)

    tokens, fetches = asyncio.run(read())
    assert (set(tokens), fetches) == ({"t1"}, 1)


def test_a_caller_who_gives_up_takes_nothing_from_the_others() -> None:
    async def read() -> tuple[str, int]:
        gate: Step = asyncio.Event()
        assert isinstance(gate, asyncio.Event)
        transport = ScriptedTransport([Script(before_head=(gate,)), grant("t2")])
        source = TokenSource(parse_account(USER_TEXT), transport, FixedClock())
        first = asyncio.ensure_future(source.read_token())
        await asyncio.sleep(0)
        second = asyncio.ensure_future(source.read_token())
        await asyncio.sleep(0)
        first.cancel()
        return await second, len(transport.requests)

    assert asyncio.run(read()) == ("t2", 2)


def test_a_refusal_is_shared_by_all_who_waited_and_asked_anew_by_the_next() -> None:
    async def read() -> tuple[list[object], int, str]:
        gate = asyncio.Event()
        refusal = Script(400, before_head=(gate,), chunks=(b'{"error": "invalid_grant"}',))
        transport = ScriptedTransport([refusal, grant()])
        source = TokenSource(parse_account(USER_TEXT), transport, FixedClock())
        waiting = asyncio.gather(*(source.read_token() for _ in range(20)), return_exceptions=True)
        await asyncio.sleep(0)
        gate.set()
        errors: list[object] = list(await waiting)
        asked = len(transport.requests)
        return errors, asked, await source.read_token()

    errors, asked, token = asyncio.run(read())
    assert {(type(error), getattr(error, "code", "")) for error in errors} == {(DragomanError, "invalid_grant")}
    assert (asked, token) == (1, "t1")


def test_a_token_that_google_no_longer_takes_is_forgotten() -> None:
    source, transport = open_source(grant("t1"), grant("t2"))

    async def read() -> list[str]:
        tokens = [await source.read_token()]
        source.forget("another")
        tokens.append(await source.read_token())
        source.forget("t1")
        return [*tokens, await source.read_token()]

    assert asyncio.run(read()) == ["t1", "t1", "t2"]
    assert len(transport.requests) == 2


@pytest.mark.parametrize(
    ("script", "kind", "blame"),
    [
        (Script(503), Kind.OVERLOADED, "upstream"),
        (Script(429), Kind.OVERLOADED, "upstream"),
        (Script(401, chunks=(b"<html>",)), Kind.AUTHENTICATION, "gateway"),
        (Script(200, chunks=(b"{}",)), Kind.AUTHENTICATION, "gateway"),
        (Script(400, chunks=(b'{"error": "invalid_grant"}',)), Kind.AUTHENTICATION, "gateway"),
    ],
)
def test_a_refusal_tells_whose_fault_it_is(script: Script, kind: Kind, blame: str) -> None:
    source, _ = open_source(script)
    with pytest.raises(DragomanError) as caught:
        asyncio.run(source.read_token())
    assert (caught.value.kind, caught.value.blame) == (kind, blame)

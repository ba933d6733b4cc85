"""What of a provider's answer, and of our trouble with it, is seen outside."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.errors import Blame, DragomanError, Kind, UpstreamReply
from dragoman.model.secret import Secret
from dragoman.routing.target import Attempt, Credential, Shown, Target, Withheld
from dragoman.service.exchange import Exchange
from dragoman.service.outward import name_own_fault, word_for_client
from tests.unit.routing.house import make_provider


def make_exchange() -> Exchange:
    provider = make_provider("acme")
    return Exchange("ex", "openai_chat", "p", 0.0, attempt=Attempt(Target(provider, "m"), provider.credentials[0], 1))


@pytest.mark.parametrize("kind", [Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION])
def test_a_refused_credential_of_ours_is_never_blamed_on_the_caller(kind: Kind) -> None:
    shown = name_own_fault(DragomanError(kind, "bad key sk-123", blame="gateway"), make_exchange())
    assert shown.status == 503
    assert "acme-1" in shown.message
    assert "sk-123" not in shown.message


SECRET = "zQ7-wK2m.Xr9_vT4bN8c"
ABOUT_THE_REQUEST = {
    Kind.INVALID_REQUEST,
    Kind.UNSUPPORTED,
    Kind.CONTEXT_LENGTH,
    Kind.CONTENT_POLICY,
    Kind.NOT_FOUND,
    Kind.CONFLICT,
    Kind.TOO_LARGE,
}


def said(kind: Kind, words: str, blame: Blame = "client") -> DragomanError:
    reply = UpstreamReply(dialect="openai_chat", status=400, content_type="application/json", body=b"{}", said=words)
    return DragomanError(kind, "Ours.", blame=blame, reply=reply)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_provider_is_quoted_where_it_speaks_of_the_request_and_nowhere_else(kind: Kind) -> None:
    told = word_for_client(said(kind, "temperature must be less than 2"), make_exchange()).told
    quoted = "Ours. Provider 'acme' says: temperature must be less than 2"
    assert told == (quoted if kind in ABOUT_THE_REQUEST else "Ours.")


@pytest.mark.parametrize(
    "shown",
    [
        Shown(((b"authorization", b"Bearer " + SECRET.encode()),)),
        Shown(((b"x-api-key", SECRET.encode()),)),
        Shown(query=b"key=" + SECRET.encode()),
        Shown(withheld=Withheld("sigv4", Secret(f"identity:other:{SECRET}"))),
    ],
)
def test_what_a_provider_was_shown_is_never_quoted(shown: Shown) -> None:
    exchange = make_exchange()
    assert exchange.attempt is not None
    target = exchange.attempt.target
    credential = Credential("acme-1", {"openai_chat": Shown(), "openai_responses": shown})
    exchange.attempt = Attempt(target, credential, 1)
    told = word_for_client(said(Kind.INVALID_REQUEST, f"bad key {SECRET[:12]}…, not like {SECRET}"), exchange).told
    assert told.endswith("says: bad key ****…, not like ****")
    overloaded = said(Kind.OVERLOADED, "", "upstream")
    assert overloaded.reply is not None
    overloaded.reply.body = f'{{"error": "busy with {SECRET}"}}'.encode()
    overloaded.code, overloaded.path = SECRET, f"messages.{SECRET[2:]}"
    word_for_client(overloaded, exchange)
    assert (overloaded.code, overloaded.path) == ("****", "messages.****")
    assert overloaded.reply.body == b'{"error": "busy with ****"}'
    headed = msgspec.structs.replace(target.provider, headers=((b"x-own", SECRET.encode()),))
    exchange.attempt = Attempt(msgspec.structs.replace(target, provider=headed), target.provider.credentials[0], 1)
    assert SECRET not in word_for_client(said(Kind.NOT_FOUND, SECRET, "gateway"), exchange).told


def test_what_is_no_secret_is_quoted_as_it_is() -> None:
    exchange = make_exchange()
    assert exchange.attempt is not None
    headers = ((b"anthropic-beta", b"context-1m-2025-08-07"), (b"user-agent", b"my-own-program"))
    provider = msgspec.structs.replace(exchange.attempt.target.provider, headers=headers)
    credential = Credential(
        "acme-1", {"openai_chat": Shown(((b"authorization", b"Bearer " + SECRET.encode() + b"=="),))}
    )
    exchange.attempt = Attempt(msgspec.structs.replace(exchange.attempt.target, provider=provider), credential, 1)
    words = "Bearer of context-1m-2025-08-07: my-own-program is odd"
    assert word_for_client(said(Kind.INVALID_REQUEST, words), exchange).told.endswith(words)
    assert word_for_client(said(Kind.INVALID_REQUEST, f"is {SECRET}==?"), exchange).told.endswith("is ****?")


def test_a_failure_before_any_attempt_or_without_an_answer_quotes_nobody() -> None:
    assert word_for_client(said(Kind.INVALID_REQUEST, "no"), Exchange("ex", "openai_chat", "p", 0.0)).told == "Ours."
    assert word_for_client(DragomanError(Kind.INVALID_REQUEST, "Ours."), make_exchange()).told == "Ours."
    assert word_for_client(said(Kind.INVALID_REQUEST, ""), make_exchange()).told == "Ours."


def test_other_errors_stay_as_they_are() -> None:
    for error in (DragomanError(Kind.AUTHENTICATION, "yours"), DragomanError(Kind.TIMEOUT, "late", blame="upstream")):
        assert name_own_fault(error, make_exchange()) is error

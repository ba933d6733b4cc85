"""The head of a provider's answer: what it teaches about a key, and what a client gets of it."""

from __future__ import annotations

import pytest

from dragoman.clock import FixedClock
from dragoman.service.answer_head import note_head, select_kept
from dragoman.service.exchange import Exchange
from dragoman.upstream.scripted import Script, ScriptedAnswer
from tests.unit.service.desk import make_provider, make_switchboard

CLOCK = FixedClock(unix=1_750_000_000.0)
EXHAUSTED = [(b"x-ratelimit-remaining-requests", b"0"), (b"x-ratelimit-reset-requests", b"9s")]


def make_exchange() -> Exchange:
    return Exchange("ex", "openai_chat", "p", 0.0)


def test_a_count_that_has_run_out_rests_the_key_before_it_is_refused() -> None:
    provider = make_provider("a")
    pool = make_switchboard(provider).pools["a"]
    exchange, answer = make_exchange(), ScriptedAnswer(Script(headers=EXHAUSTED))
    note_head(exchange, answer, CLOCK)
    exchange.lease = pool.lease(provider.credentials[0], "m", 0, CLOCK.monotonic())
    note_head(exchange, answer, CLOCK)
    assert pool.find_wait("m", CLOCK.monotonic()) == ("exhausted", 9.0)


@pytest.mark.parametrize("headers", [[], EXHAUSTED])
def test_once_its_head_is_there_a_request_is_answered(headers: list[tuple[bytes, bytes]]) -> None:
    provider = make_provider("a")
    pool = make_switchboard(provider).pools["a"]
    exchange = make_exchange()
    exchange.lease = pool.lease(provider.credentials[0], "m", 70, CLOCK.monotonic())
    state = exchange.lease.state
    assert (state.unanswered, state.unanswered_tokens) == (1, 70)
    note_head(exchange, ScriptedAnswer(Script(headers=headers)), CLOCK)
    assert (state.unanswered, state.unanswered_tokens) == (0, 0)


def test_only_listed_headers_come_back() -> None:
    headers = [(b"request-id", b"r"), (b"set-cookie", b"c"), (b"openai-organization", b"o"), (b"x-request-id", b"x")]
    answer = ScriptedAnswer(Script(headers=headers))
    kept = select_kept(answer, note_head(make_exchange(), answer, CLOCK))
    assert kept == ((b"request-id", b"r"), (b"x-request-id", b"x"))

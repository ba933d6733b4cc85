"""A small live call."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.service.admin.probe import Probe, Prober, read_text
from dragoman.service.exchange import Exchange
from dragoman.upstream.scripted import Script, ScriptedTransport, Scripts
from tests.unit.service.desk import CHAT_ANSWER, make_provider


def probe(scripts: Scripts) -> tuple[Probe, list[Exchange], ScriptedTransport]:
    settled: list[Exchange] = []
    transport = ScriptedTransport(scripts)
    prober = Prober(transport, FixedClock(), settled.append)
    return asyncio.run(prober.probe(make_provider("a"), "m")), settled, transport


def test_a_model_that_answers_is_heard_and_metered() -> None:
    result, settled, transport = probe([Script(200, [], (CHAT_ANSWER,))])
    assert (result.ok, result.status, result.target, result.text, result.message) == (True, 200, "a/m", "Hello!", "")
    (exchange,) = settled
    assert (exchange.id, exchange.principal, exchange.usage is not None) == (result.exchange, "probe", True)
    assert len(transport.requests) == 1
    assert b"max_" in transport.requests[0].body


def test_a_provider_that_cannot_be_reached_is_told() -> None:
    down = DragomanError(Kind.UNAVAILABLE, "nobody is there", blame="upstream", phase="connect")
    result, settled, transport = probe([down])
    assert (result.ok, result.text) == (False, "")
    assert "nobody is there" in result.message
    assert len(settled) == 1
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"content": [{"type": "text", "text": "Hel\\nlo"}, {"type": "tool_use"}]}', "Hel lo"),
        (b'{"content": []}', ""),
        (b"[]", ""),
        (b'{"content": [{"type": "text", "text": "' + b"a" * 500 + b'"}]}', "a" * 200),
    ],
)
def test_what_was_said_is_one_bounded_line(body: bytes, text: str) -> None:
    assert read_text(body) == text

"""Counting: the provider's own number where it has one, a labelled estimate where not."""

from __future__ import annotations

import json

from dragoman.adapt.counting.ruler import find_ruler
from dragoman.clock import FixedClock
from dragoman.service.count_tokens import CountTokensService
from dragoman.service.exchange import Inbound
from dragoman.upstream.scripted import Script, ScriptedTransport
from tests.unit.service.desk import (
    ANTHROPIC_REQUEST,
    RecordingSink,
    client_side,
    error_script,
    make_provider,
    make_switchboard,
    run,
)


def count(scripts: list[Script], dialect: str) -> tuple[RecordingSink, ScriptedTransport]:
    """Ask an Anthropic client's question of a provider of the given dialect."""
    transport = ScriptedTransport(scripts)
    board = make_switchboard(make_provider("a", dialect))
    service = CountTokensService(transport, lambda: board, FixedClock())
    sink = RecordingSink()
    run(service.count(Inbound(client_side("anthropic_messages"), ANTHROPIC_REQUEST), sink))
    return sink, transport


def test_a_provider_that_counts_is_asked() -> None:
    sink, transport = count([Script(chunks=(b'{"input_tokens": 41}',))], "anthropic_messages")
    assert transport.requests[0].target.endswith(b"/count_tokens")
    assert json.loads(transport.requests[0].body)["model"] == "m"
    assert sink.json == {"input_tokens": 41}
    assert sink.reply is not None
    assert (b"x-dragoman-estimate", b"true") not in sink.reply.headers


def test_a_provider_that_cannot_count_is_not_asked_and_the_estimate_says_so() -> None:
    sink, transport = count([], "openai_chat")
    assert transport.requests == []
    client = client_side("anthropic_messages")
    request = client.parse_request(client.open_envelope(ANTHROPIC_REQUEST, None, None))
    assert sink.json["input_tokens"] == find_ruler("m").count_request(request) > 3
    assert sink.reply is not None
    assert (b"x-dragoman-estimate", b"true") in sink.reply.headers


def test_a_providers_refusal_is_told_in_the_callers_dialect() -> None:
    body = b'{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}'
    sink, _ = count([error_script(400, body)], "gemini_generate")
    assert sink.reply is not None
    assert sink.reply.status == 400
    assert sink.json["type"] == "error"

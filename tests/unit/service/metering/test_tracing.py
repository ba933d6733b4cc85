"""From rows of the ledger to spans and measurements by the GenAI conventions."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
import pytest

from dragoman.ledger.row import AttemptRow, ExchangeRow
from dragoman.service.metering import tracing as tracing_module
from dragoman.service.metering.tracing import Tracing
from dragoman.telemetry.spans import Measurement, Span
from dragoman.telemetry.trace_context import derive_span_id

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
FAILED = AttemptRow(1, "openai", "gpt-4o", "key-1", 100, 1_000, "rate_limit", "head", 429)
SERVED = AttemptRow(2, "spare", "claude", "key-2", 1_500, 900_000)
ROW = ExchangeRow(
    id="ex_1",
    started_ms=1_000,
    duration_us=1_000_000,
    first_content_us=200_000,
    principal="me",
    route="smart",
    provider="spare",
    model="claude",
    credential="key-2",
    client_dialect="openai_chat",
    provider_dialect="anthropic_messages",
    outcome="served",
    status=200,
    is_stream=True,
    finish="stop",
    input=10,
    cache_read=90,
    cache_write_5m=7,
    output=40,
    reasoning=1,
    losses="seed",
    cost_nanodollars=1234,
    attempts=(FAILED, SERVED),
)


class Heard:
    """Keeps what it is told; fails if it is to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.spans: list[Span] = []
        self.measurements: list[Measurement] = []
        self.is_closed = False
        self._fails = fails

    def send_spans(self, spans: list[Span]) -> None:
        if self._fails:
            raise ConnectionError("nobody there")
        self.spans += spans

    def send_measurements(self, measurements: list[Measurement]) -> None:
        self.measurements += measurements

    def close(self) -> None:
        self.is_closed = True


def tell(*rows: ExchangeRow, sample: float = 1.0, heard: Heard | None = None) -> Heard:
    heard = heard or Heard()
    tracing = Tracing(heard, {"spare": "bedrock"}, sample=sample, has_spans=True, has_metrics=True)
    tracing.note(rows)
    asyncio.run(tracing.aclose())
    assert heard.is_closed
    return heard


def test_an_exchange_is_a_span_and_its_attempts_are_its_children() -> None:
    own, first, second = tell(ROW).spans
    assert (own.kind, own.parent_id, own.name) == ("server", 0, "chat smart")
    assert [first.parent_id, second.parent_id] == [own.span_id] * 2
    assert {own.trace_id} == {first.trace_id, second.trace_id}
    assert (own.started_ns, own.ended_ns) == (1_000_000_000, 2_000_000_000)
    assert (second.started_ns, second.ended_ns) == (1_001_500_000, 1_901_500_000)
    assert (first.error, second.error, own.error) == ("rate_limit", "", "")
    assert own.attributes["dragoman.cost_nanodollars"] == 1234
    assert own.attributes["dragoman.losses"] == ("seed",)


def test_the_attempt_that_served_says_what_was_consumed_by_the_conventions_names() -> None:
    _, first, second = tell(ROW).spans
    expected: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "claude",
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 107,
        "gen_ai.usage.output_tokens": 41,
        "gen_ai.usage.cache_read.input_tokens": 90,
        "gen_ai.usage.cache_creation.input_tokens": 7,
        "gen_ai.usage.reasoning.output_tokens": 1,
        "gen_ai.response.time_to_first_chunk": 0.1985,
        "dragoman.credential": "key-2",
    }
    assert second.attributes == expected
    assert first.attributes["error.type"] == "rate_limit"
    assert "gen_ai.usage.input_tokens" not in first.attributes


def test_an_exchange_in_a_trace_of_its_clients_goes_by_that_trace() -> None:
    own, *_ = tell(msgspec.structs.replace(ROW, trace=PARENT)).spans
    assert (own.trace_id, own.parent_id) == (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331)
    assert own.is_parent_remote
    assert own.span_id == derive_span_id("ex_1")
    assert tell(msgspec.structs.replace(ROW, trace=PARENT[:-2] + "00")).spans == []
    assert len(tell(msgspec.structs.replace(ROW, trace=PARENT), sample=0.0).spans) == 3


def test_a_share_of_the_other_exchanges_is_sent() -> None:
    rows = [msgspec.structs.replace(ROW, id=f"ex_{number}") for number in range(400)]
    sent = len({span.trace_id for span in tell(*rows, sample=0.25).spans})
    assert 60 < sent < 140
    assert tell(*rows, sample=0.0).spans == []


def test_metrics_are_measured_of_all_of_them() -> None:
    measured = tell(ROW, sample=0.0).measurements
    by_name: dict[str, list[float]] = {}
    for one in measured:
        by_name.setdefault(one.instrument, []).append(one.value)
    assert by_name == {
        "gen_ai.client.operation.duration": [0.001, 0.9],
        "gen_ai.server.request.duration": [1.0],
        "gen_ai.client.token.usage": [107, 41],
        "gen_ai.server.time_to_first_token": [0.2],
        "gen_ai.server.time_per_output_token": [0.02],
    }


def test_an_exchange_that_nobody_was_asked_for_is_a_span_without_children() -> None:
    refused = msgspec.structs.replace(ROW, attempts=(), provider="", outcome="failed", status=404, error="not_found")
    heard = tell(refused)
    (span,) = heard.spans
    assert (span.error, span.attributes["http.response.status_code"]) == ("not_found", 404)
    assert heard.measurements == []


def test_a_collector_that_is_away_is_told_to_the_log_and_keeps_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        tell(ROW, heard=Heard(fails=True))
    assert "could not be told of 1 exchanges" in caplog.text


def test_the_line_is_bounded_and_what_did_not_fit_is_told(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing_module, "MAX_WAITING", 2)
    heard = tell(*[msgspec.structs.replace(ROW, id=f"ex_{number}") for number in range(5)])
    assert len({span.trace_id for span in heard.spans}) == 2
    assert "3 exchanges were not told" in caplog.text

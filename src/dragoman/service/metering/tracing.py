"""Tells a collector of every exchange that is over: a span for it, one for each attempt, and what they measured.

Rows come from the ledger's thread, with their cost, or from the event loop where no ledger is kept; they wait in a
bounded line for a thread of ours. A collector that is slow or away loses spans, which is told, and never keeps anybody.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from dragoman.ledger.row import AttemptRow, ExchangeRow
from dragoman.telemetry.spans import Attributes, Collector, Measurement, Span, Value
from dragoman.telemetry.trace_context import TraceParent, derive_span_id, derive_trace_id, parse_traceparent

_log = logging.getLogger(__name__)

MAX_WAITING = 20_000
BATCH = 500
TRACE_IDS = 2**128
NANOSECONDS_PER_MS = 1_000_000
NANOSECONDS_PER_US = 1000
MICROSECONDS = 1_000_000

PROVIDER_NAMES: dict[str, str] = {
    "google": "gcp.gemini",
    "vertex": "gcp.vertex_ai",
    "vertex-express": "gcp.vertex_ai",
    "vertex-anthropic": "gcp.vertex_ai",
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "bedrock-iam": "aws.bedrock",
    "xai": "x_ai",
    "mistral": "mistral_ai",
}
"""Rows of the catalogue that the conventions call otherwise."""

OPERATIONS: dict[str, str] = {
    "gemini_generate": "generate_content",
    "openai_completions": "text_completion",
    "openai_embeddings": "embeddings",
    "gemini_embeddings": "embeddings",
    "gemini_batch_embeddings": "embeddings",
}
"""What the conventions call the operation of a dialect; `chat` if it is not here."""


class Tracing:
    """`rows` are the catalogue's rows of the providers; `sample` is the share of traces of our own that are sent."""

    def __init__(
        self, collector: Collector, rows: Mapping[str, str], *, sample: float, has_spans: bool, has_metrics: bool
    ) -> None:
        self.lost = 0
        self.rows = rows
        self._collector = collector
        self._threshold = int(sample * TRACE_IDS)
        self._has_spans = has_spans
        self._has_metrics = has_metrics
        self._waiting: deque[ExchangeRow] = deque()
        self._thread = ThreadPoolExecutor(1, "otel")

    def __repr__(self) -> str:
        return f"<Tracing: {len(self._waiting)} waiting, {self.lost} lost>"

    def note(self, rows: Iterable[ExchangeRow]) -> None:
        """These are over. From any thread."""
        for row in rows:
            if len(self._waiting) < MAX_WAITING:
                self._waiting.append(row)
            else:
                self.lost += 1

    async def run(self, interval_seconds: float) -> None:
        """Send what there is, again and again, until cancelled."""
        while True:
            await asyncio.sleep(interval_seconds)
            await self._send_waiting()

    async def aclose(self) -> None:
        """Send the rest and let go of the collector."""
        await self._send_waiting()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._collector.close)
        self._thread.shutdown()

    async def _send_waiting(self) -> None:
        lost, self.lost = self.lost, 0
        if lost:
            _log.warning("%d exchanges were not told to the collector: it takes them too slowly", lost)
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            future = asyncio.get_running_loop().run_in_executor(self._thread, self._send, batch)
            (failure,) = await asyncio.gather(future, return_exceptions=True)
            if isinstance(failure, Exception):
                _log.warning("the collector could not be told of %d exchanges: %s", len(batch), failure)

    def _send(self, rows: Sequence[ExchangeRow]) -> None:
        if self._has_metrics:
            self._collector.send_measurements([one for row in rows for one in self._measure(row)])
        if self._has_spans:
            spans = [span for row in rows for span in self._build_spans(row)]
            if spans:
                self._collector.send_spans(spans)

    # -- spans ---------------------------------------------------------------------------------------------------------

    def _build_spans(self, row: ExchangeRow) -> list[Span]:
        parent = parse_traceparent(row.trace) if row.trace else None
        trace_id = parent.trace_id if parent else derive_trace_id(row.id)
        if not (parent.is_sampled if parent else trace_id < self._threshold):
            return []
        own = self._build_request(row, trace_id, parent)
        attempts = [self._build_attempt(row, attempt, own) for attempt in row.attempts]
        return [own, *attempts]

    def _build_request(self, row: ExchangeRow, trace_id: int, parent: TraceParent | None) -> Span:
        started_ns = row.started_ms * NANOSECONDS_PER_MS
        attributes = _without_nothing(
            {
                "gen_ai.operation.name": name_operation(row),
                "gen_ai.request.model": row.route,
                "gen_ai.conversation.id": row.session,
                "http.response.status_code": row.status,
                "dragoman.exchange": row.id,
                "dragoman.dialect": row.client_dialect,
                "dragoman.principal": row.principal,
                "dragoman.team": row.team,
                "dragoman.losses": tuple(row.losses.split(",")) if row.losses else (),
                "dragoman.outcome": row.outcome,
                "error.type": row.error,
            }
        )
        if row.cost_nanodollars is not None:
            attributes["dragoman.cost_nanodollars"] = row.cost_nanodollars
        return Span(
            name=f"{name_operation(row)} {row.route}",
            kind="server",
            trace_id=trace_id,
            span_id=derive_span_id(row.id),
            parent_id=parent.span_id if parent else 0,
            started_ns=started_ns,
            ended_ns=started_ns + row.duration_us * NANOSECONDS_PER_US,
            attributes=attributes,
            error=row.error,
            is_parent_remote=parent is not None,
        )

    def _build_attempt(self, row: ExchangeRow, attempt: AttemptRow, own: Span) -> Span:
        started_ns = own.started_ns + attempt.started_us * NANOSECONDS_PER_US
        attributes: dict[str, Value] = {
            **self._describe(row, attempt),
            "gen_ai.request.stream": row.is_stream,
            "dragoman.credential": attempt.credential,
        }
        if attempt is row.attempts[-1]:
            attributes |= _describe_answer(row, attempt)
        return Span(
            name=f"{name_operation(row)} {attempt.model}",
            kind="client",
            trace_id=own.trace_id,
            span_id=derive_span_id(row.id, attempt.number),
            parent_id=own.span_id,
            started_ns=started_ns,
            ended_ns=started_ns + attempt.duration_us * NANOSECONDS_PER_US,
            attributes=attributes,
            error=attempt.error,
        )

    # -- metrics -------------------------------------------------------------------------------------------------------

    def _measure(self, row: ExchangeRow) -> list[Measurement]:
        measured = [
            Measurement("gen_ai.client.operation.duration", one.duration_us / MICROSECONDS, self._describe(row, one))
            for one in row.attempts
        ]
        if not row.attempts:
            return measured
        common = self._describe(row, row.attempts[-1])
        seconds = row.duration_us / MICROSECONDS
        measured.append(Measurement("gen_ai.server.request.duration", seconds, common))
        for kind, tokens in (("input", sum_input(row)), ("output", sum_output(row))):
            if tokens:
                measured.append(Measurement("gen_ai.client.token.usage", tokens, {**common, "gen_ai.token.type": kind}))
        return [*measured, *_measure_stream(row, common)]

    def _describe(self, row: ExchangeRow, attempt: AttemptRow) -> dict[str, Value]:
        known = self.rows.get(attempt.provider, attempt.provider)
        described: dict[str, Value] = {
            "gen_ai.operation.name": name_operation(row),
            "gen_ai.provider.name": PROVIDER_NAMES.get(known, known),
            "gen_ai.request.model": attempt.model,
        }
        return described | {"error.type": attempt.error} if attempt.error else described


def name_operation(row: ExchangeRow) -> str:
    """What the conventions call what was asked for."""
    return OPERATIONS.get(row.client_dialect, "chat")


def sum_input(row: ExchangeRow) -> int:
    """All that was read, cached or not."""
    cached = row.cache_read + row.cache_write_5m + row.cache_write_1h
    return row.input + cached + row.input_audio + row.input_image


def sum_output(row: ExchangeRow) -> int:
    """All that was written, seen or not."""
    return row.output + row.reasoning + row.output_audio + row.output_image


def _describe_answer(row: ExchangeRow, attempt: AttemptRow) -> dict[str, Value]:
    """What only the attempt that served knows."""
    described = _without_nothing(
        {
            "gen_ai.response.finish_reasons": (row.finish,) if row.finish else (),
            "gen_ai.usage.input_tokens": sum_input(row),
            "gen_ai.usage.output_tokens": sum_output(row),
            "gen_ai.usage.cache_read.input_tokens": row.cache_read,
            "gen_ai.usage.cache_creation.input_tokens": row.cache_write_5m + row.cache_write_1h,
            "gen_ai.usage.reasoning.output_tokens": row.reasoning,
        }
    )
    if row.first_content_us is not None:
        seconds = (row.first_content_us - attempt.started_us) / MICROSECONDS
        described["gen_ai.response.time_to_first_chunk"] = max(seconds, 0.0)
    return described


def _measure_stream(row: ExchangeRow, common: Attributes) -> list[Measurement]:
    if not row.is_stream or row.first_content_us is None:
        return []
    measured = [Measurement("gen_ai.server.time_to_first_token", row.first_content_us / MICROSECONDS, common)]
    tokens = sum_output(row)
    if tokens > 1 and row.outcome == "served":
        seconds = (row.duration_us - row.first_content_us) / MICROSECONDS / (tokens - 1)
        measured.append(Measurement("gen_ai.server.time_per_output_token", seconds, common))
    return measured


def _without_nothing(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in attributes.items() if value not in {"", 0, ()}}

"""Sends spans and metrics to an OpenTelemetry collector, by the SDK of the extra `dragoman[otel]`.

Imported only where a collector is configured. Spans are handed to the exporter as they are, without the SDK's tracer:
they are over when we learn of them, and there is one thread that sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from dragoman import __version__
from dragoman.telemetry.spans import InstrumentName, Measurement, Span

TIMEOUT_SECONDS = 5.0
_SCOPE = "dragoman"
_KINDS = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT}
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)

_TOKENS = tuple(4.0**power for power in range(14))
_SECONDS = tuple(0.01 * 2**power for power in range(14))
_TOKEN_SECONDS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
_FIRST_SECONDS = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)

_INSTRUMENTS: dict[InstrumentName, tuple[str, str, tuple[float, ...]]] = {
    "gen_ai.client.token.usage": ("{token}", "Tokens that an exchange consumed.", _TOKENS),
    "gen_ai.client.operation.duration": ("s", "How long an attempt at a provider took.", _SECONDS),
    "gen_ai.server.request.duration": ("s", "How long a request to the gateway took.", _SECONDS),
    "gen_ai.server.time_to_first_token": ("s", "Until a stream showed its first content.", _FIRST_SECONDS),
    "gen_ai.server.time_per_output_token": ("s", "Time of a token of output after the first.", _TOKEN_SECONDS),
}
"""Unit, meaning and the bounds that the conventions advise."""


class OtlpCollector:
    """One collector. `endpoint` is its base address, without `/v1/traces`."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], service_name: str) -> None:
        base, own = endpoint.rstrip("/"), dict(headers)
        self._resource = Resource.create({"service.name": service_name, "service.version": __version__})
        self._scope = InstrumentationScope(_SCOPE, __version__)
        self._spans = OTLPSpanExporter(endpoint=f"{base}/v1/traces", headers=own, timeout=TIMEOUT_SECONDS)
        exporter = OTLPMetricExporter(endpoint=f"{base}/v1/metrics", headers=own, timeout=TIMEOUT_SECONDS)
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=inf)
        self._meters = MeterProvider([reader], self._resource, shutdown_on_exit=False)
        meter = self._meters.get_meter(_SCOPE, __version__)
        self._histograms = {
            name: meter.create_histogram(name, unit, meaning, explicit_bucket_boundaries_advisory=bounds)
            for name, (unit, meaning, bounds) in _INSTRUMENTS.items()
        }

    def __repr__(self) -> str:
        return f"<OtlpCollector of {self._resource.attributes.get('service.name')}>"

    def send_spans(self, spans: list[Span]) -> None:
        """In one request. The exporter tries again for a while and tells the log what was lost."""
        self._spans.export([self._build(span) for span in spans])

    def send_measurements(self, measurements: list[Measurement]) -> None:
        """Counted here; what is sent are the sums of all so far."""
        for one in measurements:
            self._histograms[one.instrument].record(one.value, dict(one.attributes))
        self._meters.force_flush(int(TIMEOUT_SECONDS * 1000))

    def close(self) -> None:
        """Let go of the connections."""
        self._spans.shutdown()  # type: ignore[no-untyped-call]
        self._meters.shutdown(TIMEOUT_SECONDS * 1000)

    def _build(self, span: Span) -> ReadableSpan:
        parent = SpanContext(span.trace_id, span.parent_id, span.is_parent_remote, _SAMPLED) if span.parent_id else None
        return ReadableSpan(
            name=span.name,
            context=SpanContext(span.trace_id, span.span_id, is_remote=False, trace_flags=_SAMPLED),
            parent=parent,
            resource=self._resource,
            attributes=dict(span.attributes),
            kind=_KINDS[span.kind],
            instrumentation_scope=self._scope,
            status=Status(StatusCode.ERROR, span.error) if span.error else Status(StatusCode.UNSET),
            start_time=span.started_ns,
            end_time=span.ended_ns,
        )

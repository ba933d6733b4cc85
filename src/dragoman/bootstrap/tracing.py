"""What tells an OpenTelemetry collector of every exchange."""

from __future__ import annotations

from importlib.util import find_spec

from dragoman.config.schema import Settings
from dragoman.config.sections.otel import OtelSettings
from dragoman.errors import DragomanError, Kind
from dragoman.service.metering.tracing import Tracing
from dragoman.telemetry.spans import Collector


def build_tracing(settings: Settings) -> Tracing | None:
    """None where no collector is configured."""
    otel = settings.otel
    if not otel.endpoint:
        return None
    rows = {name: provider.row or name for name, provider in settings.providers.items()}
    return Tracing(open_collector(otel), rows, sample=otel.sample, has_spans=otel.traces, has_metrics=otel.metrics)


def open_collector(otel: OtelSettings) -> Collector:
    """The SDK is imported here, where it is wanted: it takes longer than all the rest together."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        message = "`otel.endpoint` needs the extra `dragoman[otel]`: install it, or remove the endpoint."
        raise DragomanError(Kind.INVALID_REQUEST, message, path="otel.endpoint")
    from dragoman.telemetry.otlp import OtlpCollector

    headers = {name: value.reveal() for name, value in otel.headers.items()}
    return OtlpCollector(otel.endpoint, headers, otel.service_name)

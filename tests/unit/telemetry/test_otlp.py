"""What a collector receives is what was told, in the protocol's own words."""

from __future__ import annotations

from dragoman.telemetry.otlp import OtlpCollector
from dragoman.telemetry.spans import Measurement, Span
from tests.collector import read_attributes, running_collector

SPAN = Span(
    name="chat gpt-4o",
    kind="client",
    trace_id=0xABC,
    span_id=0xDEF,
    parent_id=0x123,
    started_ns=1_000_000_000,
    ended_ns=3_000_000_000,
    attributes={"gen_ai.request.model": "gpt-4o", "gen_ai.response.finish_reasons": ("stop",)},
    error="rate_limit",
)


def test_spans_arrive_with_their_ids_times_and_attributes() -> None:
    with running_collector() as collected:
        collector = OtlpCollector(collected.url, {"x-team": "red"}, "my-gateway")
        collector.send_spans([SPAN])
        collector.close()
        (span,) = collected.wait_for_spans(1)
    assert (span.trace_id.hex(), span.span_id.hex()) == (f"{0xABC:032x}", f"{0xDEF:016x}")
    assert span.parent_span_id.hex() == f"{0x123:016x}"
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (1_000_000_000, 3_000_000_000)
    assert read_attributes(span.attributes) == {
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.finish_reasons": ["stop"],
    }
    assert (span.status.code, span.status.message) == (2, "rate_limit")
    assert collected.resource["service.name"] == "my-gateway"
    assert collected.headers["x-team"] == "red"


def test_measurements_arrive_as_sums_of_all_so_far() -> None:
    with running_collector() as collected:
        collector = OtlpCollector(collected.url, {}, "dragoman")
        for tokens in (10, 32):
            collector.send_measurements(
                [Measurement("gen_ai.client.token.usage", tokens, {"gen_ai.token.type": "input"})]
            )
        (point,) = collected.wait_for_points("gen_ai.client.token.usage")
        collector.close()
    assert (point.count, point.sum) == (2, 42)
    assert read_attributes(point.attributes) == {"gen_ai.token.type": "input"}

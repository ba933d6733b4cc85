"""A collector hears of real exchanges, and a provider is told which span of the client's trace it works in."""

from __future__ import annotations

from pathlib import Path

from tests.collector import read_attributes, running_collector
from tests.e2e import raw
from tests.e2e.gateway import running_house
from tests.simulator import say

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def test_spans_of_a_translated_stream_belong_to_the_clients_trace(tmp_path: Path) -> None:
    with running_collector() as collected:
        extra = f"otel: {{endpoint: '{collected.url}', interval_seconds: 0.1}}"
        with running_house(tmp_path, extra=extra) as house:
            house.simulator.script(say("Hello there"), model="m-1")
            body = raw.small_request("anthropic", model="chat/m-1", stream=True)
            answered = raw.ask(house.url, raw.PATHS["anthropic"], body, headers={"traceparent": PARENT})
            assert answered.status == 200
            spans = {span.kind: span for span in collected.wait_for_spans(2)}
            collected.wait_for_points("gen_ai.server.time_to_first_token")
            (record,) = house.simulator.journal
    server, client = spans[2], spans[3]
    assert {server.trace_id.hex(), client.trace_id.hex()} == {TRACE}
    assert server.parent_span_id.hex() == "b7ad6b7169203331"
    assert client.parent_span_id == server.span_id
    assert record.headers["traceparent"] == f"00-{TRACE}-{client.span_id.hex()}-01"
    attributes = read_attributes(client.attributes)
    assert attributes["gen_ai.request.model"] == "m-1"
    assert attributes["gen_ai.usage.output_tokens"] > 0
    assert attributes["gen_ai.response.finish_reasons"] == ["stop"]

"""A provider's stream → events: tolerance for what servers leave out, and errors where they belong."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Opaque, Refusal, Text
from dragoman.wire.json_document import encode_json
from tests.stream_grammar import STARTS, check_events
from tests.unit.dialects.openai_responses.samples import PROVIDER, hear, hear_whole, read

HELLO = "Hello! How can I help you today?"


def parts(name: str) -> list[Any]:
    events, error = hear([read(name, "stream")])
    assert error is None
    return events


def frame(**fields: Any) -> bytes:
    return b"data: %b\n\n" % encode_json(fields)


def test_parallel_calls_stay_apart_even_when_their_pieces_are_mixed() -> None:
    for name in ("parallel-tool-calls", "interleaved-calls", "late-arguments", "arguments-in-start"):
        arguments: dict[int, str] = {}
        ids = []
        for event in parts(name):
            if isinstance(event, s.ToolCallStart):
                ids.append(event.id)
            if isinstance(event, s.ToolCallDelta):
                arguments[event.part] = arguments.get(event.part, "") + event.arguments
        assert ids == ["call_01Paris", "call_02Rome"], name
        assert list(arguments.values()) == ['{"city":"Paris"}', '{"city":"Rome"}'], name


@pytest.mark.parametrize("name", ["bare-data", "output-only-at-end", "without-borders", "unknown-events", "text"])
def test_the_text_is_the_same_whatever_a_server_leaves_out(name: str) -> None:
    assert "".join(event.text for event in parts(name) if isinstance(event, s.TextDelta)) == HELLO


def test_an_event_that_we_do_not_know_is_passed_on_whole() -> None:
    opaque = [event for event in parts("unknown-events") if isinstance(event, s.OpaqueEvent)]
    assert [event.content.kind for event in opaque] == ["response.hologram.beaming"]
    assert opaque[0].content.value["beam"] == 7


def test_progress_of_the_providers_tools_is_opaque_and_the_item_comes_whole() -> None:
    events = parts("provider-tools")
    kinds = [event.content.kind for event in events if isinstance(event, s.OpaqueEvent)]
    assert kinds == ["response.output_item.added"] + [
        f"response.web_search_call.{word}" for word in ("in_progress", "searching", "completed")
    ]
    whole = next(event for event in events if isinstance(event, s.PartDone))
    assert isinstance(whole.content, Opaque)
    assert whole.content.kind == "web_search_call"
    assert any(isinstance(event, s.TextCitation) for event in events)


def test_usage_and_finish_come_with_the_last_event() -> None:
    usage, candidate, end = parts("truncation")[-3:]
    assert isinstance(usage, s.UsageReport)
    assert isinstance(candidate, s.CandidateEnd)
    assert isinstance(end, s.StreamEnd)
    assert candidate.finish.reason == "length"
    refused = parts("refusal")[-2]
    assert isinstance(refused, s.CandidateEnd)
    assert refused.finish.reason == "refusal"


def test_probabilities_come_behind_their_text() -> None:
    events = parts("logprobs")
    places = [place for place, event in enumerate(events) if isinstance(event, s.LogprobsDelta)]
    assert len(places) == 2
    assert all(isinstance(events[place - 1], s.TextDelta) for place in places)


def test_an_unusual_delta_is_read_as_far_as_it_goes() -> None:
    response = hear_whole(
        {"type": "response.output_text.delta", "delta": "A", "logprobs": "none", "output_index": 0},
        {"type": "response.output_text.delta", "delta": {"text": "B"}},
        {"type": "response.refusal.delta", "delta": "No.", "content_index": 1},
        {"type": "response.refusal.done", "refusal": "No. Never.", "content_index": 1},
        {"type": "response.output_text.annotation.added", "annotation": {"type": "url_citation", "url": "u"}},
    )
    text, refusal = response.candidates[0].parts
    assert isinstance(text, Text)
    assert text.text == "A"
    assert text.citations is not None
    assert refusal == Refusal("No. Never.", None)


def test_thinking_without_an_item_is_thinking_all_the_same() -> None:
    response = hear_whole(
        {"type": "response.reasoning_text.delta", "delta": "Hm", "content_index": 0},
        {"type": "response.reasoning_text.done", "text": "Hmm", "content_index": 0},
        {"type": "response.reasoning_summary_text.done", "text": "Thought.", "summary_index": 0, "output_index": 1},
    )
    first, second = response.candidates[0].parts
    assert (first.text, second.summary) == ("Hmm", ["Thought."])  # type: ignore[union-attr]


def test_what_was_never_finished_ends_with_the_answer() -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "f"}
    response = hear_whole(
        {"type": "response.output_item.added", "output_index": 0, "item": call},
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{}"},
        {"type": "response.output_item.added", "output_index": 1, "item": {"type": "reasoning", "id": "rs_1"}},
        {"type": "response.output_item.added", "output_index": 2, "item": {"type": "mcp_call", "id": "m"}},
        {"type": "response.output_item.added", "output_index": 0, "item": call},
    )
    assert [type(part).__name__ for part in response.candidates[0].parts] == ["ToolCall", "Reasoning"]
    assert response.candidates[0].finish.reason == "tool_calls"


@pytest.mark.parametrize(
    ("announced", "done", "told"),
    [
        ("incomplete", {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}, s.ToolCallStart),
        ("incomplete", {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}, s.ReasoningStart),
        ("message", {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}", "content": [{}]}, None),
    ],
)
def test_an_item_that_ends_as_another_kind_is_told_unless_something_was(
    announced: str, done: dict[str, Any], told: type | None
) -> None:
    events, error = hear(
        [
            frame(type="response.created", response={"id": "r", "model": "m"}),
            frame(type="response.output_item.added", output_index=0, item={"type": announced}),
            frame(type="response.output_item.done", output_index=0, item=done),
            frame(
                type="response.completed", response={"id": "r", "model": "m", "status": "completed", "output": [done]}
            ),
        ]
    )
    assert error is None
    check_events(events)
    starts = [type(event) for event in events if type(event) in {*STARTS, s.PartDone}]
    assert starts == ([] if told is None else [told])


def test_an_event_may_be_named_in_its_event_line_only() -> None:
    data = read("text", "stream")
    nameless = b"\n\n".join(
        block.replace(b'"type":"' + block.split(b"\n")[0].removeprefix(b"event: ") + b'",', b"", 1)
        for block in data.split(b"\n\n")
    )
    assert hear([nameless]) == hear([data])


@pytest.mark.parametrize(
    ("name", "kind", "status", "before"),
    [
        ("error-in-stream", Kind.OVERLOADED, 503, "Hello! How can I help "),
        ("error-flat-in-stream", Kind.RATE_LIMIT, 429, "Hello! How can I help "),
        ("error-with-usage", Kind.UNAVAILABLE, 502, "Hello! How can I help "),
        ("error-at-start", Kind.PAYMENT_REQUIRED, 429, ""),
        ("error-bare", Kind.UNAVAILABLE, 502, ""),
    ],
)
def test_an_error_event_is_a_classified_error_with_the_providers_words(
    name: str, kind: Kind, status: int, before: str
) -> None:
    events, error = hear([read(name, "stream")])
    assert "".join(event.text for event in events if isinstance(event, s.TextDelta)) == before
    assert error is not None
    assert (error.kind, error.phase) == (kind, "stream")
    assert error.reply is not None
    assert error.reply.status == status
    assert error.reply.body.startswith(b'{"error":{')


def test_usage_that_comes_with_the_failure_is_not_lost() -> None:
    events, _ = hear([read("error-with-usage", "stream")])
    assert isinstance(events[-1], s.UsageReport)
    assert events[-1].usage.output == 4


def test_an_error_is_raised_at_once_where_nothing_stands_before_it_and_again_ever_after() -> None:
    parser = PROVIDER.open_parser()
    for _ in range(2):
        with pytest.raises(DragomanError) as raised:
            parser.feed(frame(type="error", message="Gone.", code="server_error"))
        assert raised.value.kind is Kind.UNAVAILABLE
    with pytest.raises(DragomanError):
        parser.finish()


@pytest.mark.parametrize(
    "data",
    [
        b"data: {\n\n",
        b"data: 7\n\n",
        b'data: {"type":"response.created"}\n\n',
        b'data: {"type":"response.output_item.added","item":{"type":7}}\n\n',
        b'data: {"type":"response.output_item.done","output_index":0,"item":{"type":"function_call"}}\n\n',
        frame(type="response.output_item.added", output_index=0, item={"type": "mcp_call"})
        + frame(type="response.output_text.delta", output_index=0, delta="x"),
        b"data: " + b"[" * 5000 + b"\n\n",
        b'data: {"type":"response.output_text.delta","delta":"\xff"}\n\n',
    ],
)
def test_malformed_events_are_the_providers_fault_and_never_repeated(data: bytes) -> None:
    _, error = hear([data + b"data: SECRET\n\n"])
    assert error is not None
    assert (error.kind, error.blame, error.phase) == (Kind.UNAVAILABLE, "upstream", "stream")
    assert "SECRET" not in error.message
    assert error.reply is None


def test_what_comes_behind_the_end_is_not_read() -> None:
    events, error = hear([read("text", "stream") + b"data: [DONE]\n\ndata: {\n\n"])
    assert error is None
    assert isinstance(events[-1], s.StreamEnd)


def test_a_stream_without_a_beginning_is_given_one() -> None:
    events, error = hear([frame(type="response.output_text.delta", delta="A")])
    assert isinstance(events[0], s.StreamStart)
    assert error is not None
    assert "ended before" in error.message


def test_what_the_answer_repeats_comes_along_for_clients_of_this_dialect() -> None:
    start, end = parts("text")[0], parts("text")[-1]
    assert start.extras[NAME]["_echo"]["status"] == "in_progress"
    assert end.extras[NAME]["_echo"]["service_tier"] == "default"

"""Anthropic's own SDK reads what we emit, with every field checked."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from anthropic import Anthropic, APIStatusError, OverloadedError, RateLimitError

from dragoman.dialects.anthropic_messages.dialect import AnthropicClientSide, AnthropicProviderSide
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Part, Reasoning, Refusal, Text, ToolCall
from dragoman.model.request import Request
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage
from tests.vector_files import Vector, load_vectors

CLIENT = AnthropicClientSide()
PROVIDER = AnthropicProviderSide()
ANYONE = Request("claude", [])
VECTORS = [vector for vector in load_vectors("anthropic_messages") if not vector.name.startswith("error-")]
ANSWERS = [vector for vector in VECTORS if vector.response]
STREAMS = [vector for vector in VECTORS if vector.stream]
ASK: dict[str, Any] = {
    "model": "any",
    "max_tokens": 10,
    "messages": [{"role": "user", "content": "Hi"}],
}


def name_of(vector: Vector) -> str:
    return vector.name


def connect(status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> Anthropic:
    """An SDK client whose every request gets this answer."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body, headers={"content-type": content_type, **(headers or {})})

    return Anthropic(
        api_key="k",
        base_url="http://127.0.0.1:1",
        max_retries=0,
        http_client=httpx2.Client(transport=httpx2.MockTransport(answer)),
        _strict_response_validation=True,
    )


def ask_plainly(body: bytes) -> Any:
    with connect(200, body, "application/json") as client:
        return client.beta.messages.create(**ASK)


def ask_streaming(body: bytes) -> Any:
    with (
        connect(200, body, CLIENT.stream_content_type.decode()) as client,
        client.beta.messages.stream(**ASK) as stream,
    ):
        return stream.get_final_message()


@pytest.mark.parametrize("vector", ANSWERS, ids=name_of)
def test_the_sdk_reads_every_answer(vector: Vector) -> None:
    assert vector.response
    response = PROVIDER.parse_response(vector.response)
    message = ask_plainly(CLIENT.emit_response(response, ANYONE, []).body)
    assert len(message.content) == len(response.candidates[0].parts)
    assert message.stop_reason == response.candidates[0].finish.wire


@pytest.mark.parametrize("vector", STREAMS, ids=name_of)
def test_the_sdk_puts_every_stream_together(vector: Vector) -> None:
    assert vector.stream
    parser = PROVIDER.open_parser()
    events = parser.feed(vector.stream) + parser.finish()
    message = ask_streaming(CLIENT.open_emitter(ANYONE, []).emit(events))
    told = ask_streaming(vector.stream) if vector.name != "message-in-one-event" else None
    if told is not None:
        assert message.content == told.content
        assert (message.stop_reason, message.usage.output_tokens) == (told.stop_reason, told.usage.output_tokens)


def test_the_sdk_reads_an_answer_of_another_dialect() -> None:
    parts: list[Part] = [
        Reasoning(summary=["hm"], encrypted="e"),
        Text("a"),
        Refusal("No."),
        ToolCall("call_1", "f", '{"a": 1}'),
        ToolCall("call_2", "patch", "*** Begin", kind="custom"),
    ]
    response = Response("chatcmpl-1", "gpt-5", [Candidate(parts, Finish("tool_calls", wire="tool_calls"))])
    message = ask_plainly(CLIENT.emit_response(response, ANYONE, []).body)
    assert [block.type for block in message.content] == ["thinking", "text", "text", "tool_use", "tool_use"]
    assert message.content[4].input == {"input": "*** Begin"}


def test_the_sdk_reads_a_stream_of_another_dialect() -> None:
    events: list[s.StreamEvent] = [
        s.StreamStart("chatcmpl-1", "gpt-5"),
        s.ReasoningStart(0, is_summary=True),
        s.ReasoningDelta(0, "hm"),
        s.ReasoningEnd(0, encrypted="e"),
        s.ToolCallStart(1, "call_1", "f"),
        s.ToolCallStart(2, "call_2", "patch", kind="custom"),
        s.ToolCallDelta(2, '*** "Begin'),
        s.ToolCallDelta(1, '{"a": 1}'),
        s.ToolCallEnd(1),
        s.ToolCallEnd(2),
        s.CandidateEnd(Finish("tool_calls")),
        s.UsageReport(Usage(input=3, output=4, reasoning=2)),
        s.StreamEnd(),
    ]
    message = ask_streaming(CLIENT.open_emitter(ANYONE, []).emit(events))
    assert [block.type for block in message.content] == ["thinking", "tool_use", "tool_use"]
    assert [block.input for block in message.content[1:]] == [{"a": 1}, {"input": '*** "Begin'}]
    assert (message.usage.input_tokens, message.usage.output_tokens) == (3, 6)


def test_a_stream_that_failed_raises_in_the_sdk() -> None:
    emitter = CLIENT.open_emitter(ANYONE, [])
    data = emitter.emit([s.StreamStart("i", "m"), s.TextStart(0), s.TextDelta(0, "a")])
    data += emitter.fail(DragomanError(Kind.UNAVAILABLE, "The stream was cut.", blame="upstream"))
    with pytest.raises(APIStatusError, match="The stream was cut"):
        ask_streaming(data)


@pytest.mark.parametrize(("kind", "raised"), [(Kind.RATE_LIMIT, RateLimitError), (Kind.OVERLOADED, OverloadedError)])
def test_an_error_raises_its_own_class_in_the_sdk(kind: Kind, raised: type[APIStatusError]) -> None:
    reply = CLIENT.emit_error(DragomanError(kind, "Later.", blame="upstream"))
    with connect(reply.status, reply.body, "application/json") as client, pytest.raises(raised, match=r"Later\."):
        client.messages.create(**ASK)


def test_the_sdk_reads_counts_and_models() -> None:
    with connect(200, CLIENT.emit_token_count(7).body, "application/json") as client:
        assert client.messages.count_tokens(model="m", messages=ASK["messages"]).input_tokens == 7

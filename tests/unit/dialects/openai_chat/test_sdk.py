"""OpenAI's own SDK reads what we emit, with every field checked."""

from __future__ import annotations

from typing import Any

import httpx2
import openai
import pytest
from mistralai.client.models import CompletionChunk
from openai import OpenAI

from dragoman.dialects.assemble import assemble
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Citation, Image, InlineData, Reasoning, Refusal, Text, ToolCall
from dragoman.model.request import Request
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage
from dragoman.wire.json_document import decode_object, encode_json
from tests.unit.dialects.openai_chat.samples import (
    ANSWERS,
    ANYONE,
    CLIENT,
    PROVIDER,
    WHOLE_STREAMS,
    name_of,
    read_all,
)
from tests.vector_files import Vector

ASK: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "Hi"}]}
ASKS_USAGE = Request("a-model", [], stream=True, stream_usage=True)
IN_OTHER_WORDS = {"finish-in-other-words", "reasoning-in-content"}
"""Vectors whose own words, which go back to their own dialect, are not among OpenAI's."""

NOT_STREAMED = {"custom-tool", *IN_OTHER_WORDS}
"""The SDK's types have no chunk for a custom tool's call."""


def connect(status: int, body: bytes, content_type: bytes, headers: dict[str, str] | None = None) -> OpenAI:
    """An SDK client whose every request gets this answer."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body, headers={"content-type": content_type.decode(), **(headers or {})})

    return OpenAI(
        api_key="k",
        base_url="http://127.0.0.1:1",
        max_retries=0,
        http_client=httpx2.Client(transport=httpx2.MockTransport(answer)),
        _strict_response_validation=True,
    )


def ask_plainly(body: bytes) -> Any:
    with connect(200, body, b"application/json") as client:
        return client.chat.completions.create(**ASK)


def ask_streaming(body: bytes) -> list[Any]:
    with connect(200, body, CLIENT.stream_content_type) as client:
        return list(client.chat.completions.create(**ASK, stream=True))


def gather(body: bytes) -> Any:
    """The whole answer, put together by the SDK."""
    with (
        connect(200, body, CLIENT.stream_content_type) as client,
        client.chat.completions.stream(**ASK) as stream,
    ):
        return stream.get_final_completion()


@pytest.mark.parametrize("vector", [v for v in ANSWERS if v.name not in IN_OTHER_WORDS], ids=name_of)
def test_the_sdk_reads_every_answer(vector: Vector) -> None:
    assert vector.response
    response = PROVIDER.parse_response(vector.response)
    completion = ask_plainly(CLIENT.emit_response(response, ANYONE, []).body)
    assert len(completion.choices) == len(response.candidates)
    assert completion.usage.prompt_tokens == decode_object(vector.response)["usage"]["prompt_tokens"]


@pytest.mark.parametrize("vector", [v for v in WHOLE_STREAMS if v.name not in NOT_STREAMED], ids=name_of)
def test_the_sdk_puts_every_stream_together(vector: Vector) -> None:
    assert vector.stream
    events, _ = read_all([vector.stream])
    emitted = CLIENT.open_emitter(ASKS_USAGE, []).emit(events)
    assert ask_streaming(emitted)[-1].usage is not None
    try:
        completion = gather(emitted)
    except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError):
        assert assemble(events).candidates[0].finish.reason in {"length", "content_filter"}  # raised by its own design
        return
    for choice, candidate in zip(completion.choices, assemble(events).candidates, strict=True):
        texts = [part.text for part in candidate.parts if isinstance(part, Text)]
        calls = [part.name for part in candidate.parts if isinstance(part, ToolCall)]
        assert (choice.message.content or "") == "".join(texts)
        told = [call.function if call.type == "function" else call.custom for call in choice.message.tool_calls or []]
        assert [call.name for call in told] == calls


def _is_for_mistral(vector: Vector) -> bool:
    """Mistral sends a call in one piece, and its SDK reads no other."""
    data = vector.stream or b""
    return vector.name not in IN_OTHER_WORDS and b'"tool_calls":[' not in data and b'"function_call":{' not in data


@pytest.mark.parametrize("vector", [v for v in WHOLE_STREAMS if _is_for_mistral(v)], ids=name_of)
def test_mistrals_sdk_reads_every_chunk(vector: Vector) -> None:
    assert vector.stream
    emitted = CLIENT.open_emitter(Request("a-model", [], stream_usage=False), []).emit(read_all([vector.stream])[0])
    for line in emitted.split(b"\n"):
        if line.startswith(b"data: {"):
            CompletionChunk.model_validate(decode_object(line[6:]))


def make_foreign() -> Response:
    return Response(
        id="msg_1",
        model="claude",
        candidates=[
            Candidate(
                [
                    Reasoning("hm", signature="sig"),
                    Text("The sky is "),
                    Text("blue", citations=[Citation("url", "https://example.com", cited_text="It is blue.")]),
                    Refusal("No more."),
                    ToolCall("toolu_1", "f", '{"a":1}'),
                    ToolCall("toolu_2", "patch", "*** Begin", kind="custom"),
                    Image(InlineData("image/png", "aaaa")),
                ],
                Finish("tool_calls", wire="tool_use"),
                logprobs={"content": None, "refusal": None},
            )
        ],
        usage=Usage(input=10, cache_read=20, cache_write_5m=5, output=7, reasoning=3, is_estimate=True),
        service_tier="standard",
    )


def test_the_sdk_reads_an_answer_of_another_dialect() -> None:
    completion = ask_plainly(CLIENT.emit_response(make_foreign(), ANYONE, []).body)
    message = completion.choices[0].message
    assert message.content == "The sky is blue"
    assert message.refusal == "No more."
    assert message.reasoning_content == "hm"
    assert (message.annotations[0].url_citation.start_index, message.annotations[0].url_citation.end_index) == (11, 15)
    assert [call.type for call in message.tool_calls] == ["function", "custom"]
    assert completion.choices[0].finish_reason == "tool_calls"
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (35, 10)
    assert completion.usage.prompt_tokens_details.cached_tokens == 20
    assert completion.usage.completion_tokens_details.reasoning_tokens == 3


def test_the_sdk_raises_when_a_stream_fails() -> None:
    emitter = CLIENT.open_emitter(ANYONE, [])
    begun = emitter.emit([s.StreamStart("1", "m"), s.TextStart(0), s.TextDelta(0, "Hello")])
    failed = begun + emitter.fail(DragomanError(Kind.UNAVAILABLE, "cut", blame="upstream"))
    with pytest.raises(openai.APIError, match="cut") as caught:
        ask_streaming(failed)
    assert caught.value.type == "server_error"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.INVALID_REQUEST, openai.BadRequestError),
        (Kind.AUTHENTICATION, openai.AuthenticationError),
        (Kind.PERMISSION, openai.PermissionDeniedError),
        (Kind.NOT_FOUND, openai.NotFoundError),
        (Kind.RATE_LIMIT, openai.RateLimitError),
        (Kind.OVERLOADED, openai.InternalServerError),
    ],
)
def test_the_sdk_knows_our_errors(kind: Kind, expected: type[openai.APIStatusError]) -> None:
    reply = CLIENT.emit_error(DragomanError(kind, "No.", path="messages[0]", retry_after_seconds=1.2))
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    assert headers == {"retry-after": "2"}
    with connect(reply.status, reply.body, reply.content_type, headers) as client, pytest.raises(expected) as caught:
        client.chat.completions.create(**ASK)
    assert caught.value.param == "messages[0]"
    assert caught.value.body == decode_object(reply.body)["error"]


def test_the_sdk_lists_models() -> None:
    body = encode_json({"object": "list", "data": []})
    with connect(200, body, b"application/json") as client:
        assert list(client.models.list()) == []

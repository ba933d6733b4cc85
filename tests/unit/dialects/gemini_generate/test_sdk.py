"""Google's own SDK as the judge of what is emitted: its strict types, and its client over loopback."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from dragoman.dialects.assemble import assemble
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Text, ToolCall
from dragoman.model.request import FunctionTool
from dragoman.wire.json_document import decode_object
from tests.unit.dialects.gemini_generate.normal import normalise_request
from tests.unit.dialects.gemini_generate.samples import (
    ANSWERS,
    ANYONE,
    CLIENT,
    PROVIDER,
    REQUESTS,
    STREAMS,
    emit,
    find,
    parse,
    read_stream,
)
from tests.vector_files import Vector

NEWER_THAN_SDK = {"imageConfig"}
"""Settings that the API has and the SDK's `GenerationConfig` has not."""


class Loopback(ThreadingHTTPServer):
    """Answers every request with the same prepared bytes, and remembers the path and the body."""

    reply: tuple[int, str, bytes] = (200, "application/json", b"{}")
    path = ""
    body = b""


class _Handler(BaseHTTPRequestHandler):
    server: Loopback

    def answer(self) -> None:
        self.server.body = self.rfile.read(int(self.headers["content-length"]))
        self.server.path = self.path
        status, content_type, body = self.server.reply
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = answer  # noqa: N815 - the name that the standard library looks for

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test prints no log."""


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with Loopback(("127.0.0.1", 0), _Handler) as loopback:
        thread = Thread(target=loopback.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield loopback
        loopback.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def sdk(server: Loopback) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=f"http://127.0.0.1:{server.server_port}")
    with genai.Client(api_key="nobody", http_options=options) as client:
        yield client


@pytest.mark.parametrize("vector", REQUESTS, ids=repr)
def test_the_types_of_the_sdk_take_every_request(vector: Vector) -> None:
    assert vector.request is not None
    body = emit(parse(vector.request), [])
    for content in body["contents"]:
        types.Content.model_validate(content)
    for tool in body.get("tools", []):
        types.Tool.model_validate(tool)
    types.Content.model_validate(body.get("systemInstruction", {}))
    types.ToolConfig.model_validate(body.get("toolConfig", {}))
    config = {name: value for name, value in body.get("generationConfig", {}).items() if name not in NEWER_THAN_SDK}
    types.GenerationConfig.model_validate(config)


@pytest.mark.parametrize("vector", ANSWERS, ids=repr)
def test_the_client_of_the_sdk_reads_every_answer(vector: Vector, server: Loopback, sdk: genai.Client) -> None:
    assert vector.response is not None
    response = PROVIDER.parse_response(vector.response)
    reply = CLIENT.emit_response(response, ANYONE, [])
    server.reply = (reply.status, reply.content_type.decode(), reply.body)
    read = sdk.models.generate_content(model="gemini-2.5-flash", contents="Say hello.")
    assert server.path.endswith("/models/gemini-2.5-flash:generateContent")
    assert read.response_id == response.id
    assert [str(call.name) for call in read.function_calls or ()] == [
        part.name for part in response.candidates[0].parts if isinstance(part, ToolCall)
    ]
    types.GenerateContentResponse.model_validate_json(reply.body)


@pytest.mark.parametrize("vector", STREAMS, ids=repr)
def test_the_client_of_the_sdk_reads_every_stream(vector: Vector, server: Loopback, sdk: genai.Client) -> None:
    assert vector.stream is not None
    events = read_stream(vector.stream)
    server.reply = (200, "text/event-stream", CLIENT.open_emitter(ANYONE, []).emit(events))
    chunks = list(sdk.models.generate_content_stream(model="gemini-2.5-flash", contents="Say hello."))
    assert server.path.endswith(":streamGenerateContent?alt=sse")
    parts = [
        part
        for chunk in chunks
        for candidate in chunk.candidates or ()
        if not candidate.index and candidate.content
        for part in candidate.content.parts or ()
    ]
    told = assemble(events).candidates[0]
    text = "".join(part.text for part in parts if part.text and not part.thought)
    assert text == "".join(part.text for part in told.parts if isinstance(part, Text))
    calls = [part.function_call.name for part in parts if part.function_call]
    assert calls == [part.name for part in told.parts if isinstance(part, ToolCall)]


def test_heartbeats_between_events_are_nothing_to_the_sdk(server: Loopback, sdk: genai.Client) -> None:
    stream = find("text").stream
    assert stream is not None
    emitter = CLIENT.open_emitter(ANYONE, [])
    assert CLIENT.heartbeat is not None
    body = b"".join(CLIENT.heartbeat * 3 + emitter.emit([event]) for event in read_stream(stream))
    server.reply = (200, "text/event-stream", body + CLIENT.heartbeat)
    chunks = list(sdk.models.generate_content_stream(model="gemini-2.5-flash", contents="Say hello."))
    assert "".join(chunk.text or "" for chunk in chunks) == "Hello! How can I help you today?"


def test_the_sdk_raises_on_a_stream_that_failed(server: Loopback, sdk: genai.Client) -> None:
    stream = find("text").stream
    assert stream is not None
    emitter = CLIENT.open_emitter(ANYONE, [])
    begun = emitter.emit(read_stream(stream)[:-4])
    failed = emitter.fail(DragomanError(Kind.UNAVAILABLE, "The provider's stream was cut.", blame="upstream"))
    server.reply = (200, "text/event-stream", begun + failed)
    heard = ""
    with pytest.raises(errors.ServerError) as caught:
        for chunk in sdk.models.generate_content_stream(model="gemini-2.5-flash", contents="Say hello."):
            heard += chunk.text or ""
    assert (caught.value.code, caught.value.status) == (502, "UNAVAILABLE")
    assert "Hello! How can I help you today?".startswith(heard)
    assert heard


def test_the_sdk_raises_on_an_error_answer(server: Loopback, sdk: genai.Client) -> None:
    error = DragomanError(Kind.RATE_LIMIT, "Too many requests.", blame="gateway", retry_after_seconds=2.5)
    reply = CLIENT.emit_error(error)
    server.reply = (reply.status, "application/json", reply.body)
    with pytest.raises(errors.ClientError) as caught:
        sdk.models.generate_content(model="gemini-2.5-flash", contents="Say hello.")
    assert (caught.value.code, caught.value.status) == (429, "RESOURCE_EXHAUSTED")


def test_the_sdk_counts_tokens_and_lists_models(server: Loopback, sdk: genai.Client) -> None:
    reply = CLIENT.emit_token_count(42)
    server.reply = (200, "application/json", reply.body)
    assert sdk.models.count_tokens(model="gemini-2.5-flash", contents="Say hello.").total_tokens == 42
    assert server.path.endswith(":countTokens")


def test_a_request_of_the_sdk_is_read_whole(server: Loopback, sdk: genai.Client) -> None:
    text = find("text").response
    assert text is not None
    server.reply = (200, "application/json", text)
    weather = types.FunctionDeclaration(
        name="get_weather",
        parameters=types.Schema(type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)}),
    )
    sdk.models.generate_content(
        model="gemini-2.5-flash",
        contents=["What is this?", types.Part.from_bytes(data=b"\x89PNG", mime_type="image/png")],
        config=types.GenerateContentConfig(
            system_instruction="Be brief.",
            temperature=0.5,
            max_output_tokens=64,
            stop_sequences=["END"],
            thinking_config=types.ThinkingConfig(thinking_budget=128, include_thoughts=True),
            tools=[types.Tool(function_declarations=[weather])],
            response_mime_type="application/json",
        ),
    )
    request = parse(server.body)
    assert [turn.role for turn in request.turns] == ["system", "user"]
    assert [type(part).__name__ for part in request.turns[1].parts] == ["Text", "Image"]
    assert (request.sampling.temperature, request.max_output_tokens, request.stop) == (0.5, 64, ["END"])
    assert request.reasoning is not None
    assert (request.reasoning.budget_tokens, request.reasoning.display) == (128, "summary")
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    assert [tool.schema for tool in request.tools or () if isinstance(tool, FunctionTool)] == [schema]
    assert normalise_request(emit(request, [])) == normalise_request(decode_object(server.body))

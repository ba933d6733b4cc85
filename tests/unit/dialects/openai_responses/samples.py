"""The dialect's two halves and short ways to use them, for all tests of this folder."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.assemble import assemble
from dragoman.dialects.openai_responses.dialect import ResponsesClient, ResponsesProvider
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model.content import Part
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.request import ReasoningRequest, Request, Turn
from dragoman.model.response import Candidate, Finish, FinishReason, Response
from dragoman.model.stream import StreamEvent
from dragoman.wire.json_document import decode_object, encode_json
from tests.grammars.openai_responses import check_stream, read_events
from tests.vector_files import load_vectors

CLIENT = ResponsesClient()
PROVIDER = ResponsesProvider()
VECTORS = load_vectors(NAME)
ANYONE = Request(model="gpt", turns=[])
AGENT = Request(model="gpt", turns=[], reasoning=ReasoningRequest(encrypted=True))
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"


def read(vector: str, kind: str) -> bytes:
    """A vector's bytes."""
    found = next(entry for entry in VECTORS if entry.name == vector)
    data: bytes | None = getattr(found, kind)
    assert data is not None
    return data


def parse(**fields: Any) -> Request:
    """A request with these fields."""
    body = encode_json({"model": "gpt", **fields})
    return CLIENT.parse_request(CLIENT.open_envelope(body, None, None))


def emit(request: Request, profile: Profile = DEFAULT_PROFILE) -> tuple[dict[str, Any], list[Loss]]:
    """The body for a provider, and what it could not carry."""
    losses: list[Loss] = []
    return decode_object(PROVIDER.emit_request(request, profile, losses).body), losses


def ask(*turns: Turn, **fields: Any) -> Request:
    """A request that came in another dialect."""
    return Request(model="gpt", turns=list(turns), **fields)


def answer(*parts: Part, reason: FinishReason = "stop", **fields: Any) -> Response:
    """An answer of a provider of another dialect."""
    return Response("chatcmpl-7", "claude", [Candidate(list(parts), Finish(reason))], created_unix=5, **fields)


def echo(request: Request) -> dict[str, Any]:
    """What an answer repeats of its request."""
    said = {"id", "object", "created_at", "status", "completed_at", "error", "incomplete_details", "model", "output"}
    body, _ = show(answer(), request)
    return {name: value for name, value in body.items() if name not in said | {"usage", "service_tier"}}


def show(response: Response, request: Request = ANYONE) -> tuple[dict[str, Any], list[Loss]]:
    """The body for a client, and what it could not carry."""
    losses: list[Loss] = []
    return decode_object(CLIENT.emit_response(response, request, losses).body), losses


def stream(events: list[Any], request: Request = ANYONE) -> tuple[list[dict[str, Any]], list[Loss]]:
    """The events that a client sees, all at once and checked, and what they could not carry."""
    losses: list[Loss] = []
    data = CLIENT.open_emitter(request, losses).emit(events)
    one_by_one = CLIENT.open_emitter(request, [])
    check_stream(data, is_failed=False, has_our_ids=True)
    check_stream(b"".join(one_by_one.emit([event]) for event in events), is_failed=False)
    return read_events(data), losses


def listen(chunks: list[bytes]) -> tuple[bytes, DragomanError | None, Any]:
    """What a listener lets through, how the stream failed, and the listener."""
    listener = PROVIDER.open_listener(CLIENT.open_envelope(b'{"model":"gpt"}', None, None), DEFAULT_PROFILE)
    passed = b""
    try:
        for chunk in chunks:
            passed += listener.feed(chunk)
        passed += listener.finish()
    except DragomanError as error:
        return passed, error, listener
    return passed, None, listener


def hear(chunks: list[bytes]) -> tuple[list[StreamEvent], DragomanError | None]:
    """The events of a stream, and how it failed."""
    parser = PROVIDER.open_parser()
    events: list[StreamEvent] = []
    try:
        for chunk in chunks:
            events += parser.feed(chunk)
        events += parser.finish()
    except DragomanError as error:
        return events, error
    return events, None


def hear_whole(*events: dict[str, Any]) -> Response:
    """The answer that these wire events tell, with a beginning and an end put around them."""
    start = {"type": "response.created", "response": {"id": "resp_1", "model": "gpt", "created_at": 5}}
    end = {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": []}}
    data = b"".join(b"data: %b\n\n" % encode_json(event) for event in (start, *events, end))
    heard, error = hear([data])
    assert error is None, error
    return assemble(heard)

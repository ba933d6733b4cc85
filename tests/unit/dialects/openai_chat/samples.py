"""What the tests of this dialect share: its two halves, its vectors, and ways to run them through."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.base import Envelope
from dragoman.dialects.openai_chat.dialect import ChatClient, ChatProvider
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.request import Request
from dragoman.model.stream import StreamEvent
from dragoman.wire.json_document import decode_object, encode_json
from tests.vector_files import Vector, load_vectors

CLIENT, PROVIDER = ChatClient(), ChatProvider()
FAITHFUL = Profile(developer_role=True, replay_reasoning=True, cache_control=True)
"""A target that takes whatever this dialect can say."""

ANYONE = Request("a-model", [])
VECTORS = load_vectors("openai_chat")
REQUESTS = [vector for vector in VECTORS if vector.request]
ANSWERS = [vector for vector in VECTORS if vector.response and not vector.name.startswith("error-")]
ERRORS = [vector for vector in VECTORS if vector.response and vector.name.startswith("error-")]
STREAMS = [vector for vector in VECTORS if vector.stream]
WHOLE_STREAMS = [vector for vector in STREAMS if not vector.name.startswith("error-")]

Fields = dict[str, Any]


def name_of(vector: Vector) -> str:
    return vector.name


def vector_named(name: str) -> Vector:
    return next(vector for vector in VECTORS if vector.name == name)


def open_body(body: bytes | Fields) -> Envelope:
    return CLIENT.open_envelope(body if isinstance(body, bytes) else encode_json(body), None, None)


def parse_body(**fields: Any) -> Request:
    """A request with these fields."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Say hello."}], **fields}
    return CLIENT.parse_request(open_body(body))


def emit_body(request: Request, profile: Profile = DEFAULT_PROFILE, losses: list[Loss] | None = None) -> Fields:
    """The body that a provider would get."""
    return decode_object(PROVIDER.emit_request(request, profile, [] if losses is None else losses).body)


def read_all(chunks: list[bytes]) -> tuple[list[StreamEvent], str]:
    """The events of a stream, and how it failed."""
    parser = PROVIDER.open_parser()
    events: list[StreamEvent] = []
    try:
        for chunk in chunks:
            events += parser.feed(chunk)
        events += parser.finish()
    except DragomanError as error:
        return events, repr(error)
    return events, ""


def pass_all(chunks: list[bytes], *, asks_usage: bool = True, profile: Profile = DEFAULT_PROFILE) -> tuple[bytes, str]:
    """What a listener lets through, and how the stream failed."""
    options = {"stream_options": {"include_usage": True}} if asks_usage else {}
    listener = PROVIDER.open_listener(open_body({"model": "m", "stream": True, **options}), profile)
    passed = b""
    try:
        for chunk in chunks:
            passed += listener.feed(chunk)
        passed += listener.finish()
    except DragomanError as error:
        return passed, repr(error)
    return passed, ""


def write_chunk(delta: Fields, finish: str | None = None, **fields: Any) -> bytes:
    """One event of a provider's stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **fields.pop("choice", {})}
    return b"data: " + encode_json({"id": "c1", "model": "m", "created": 1, "choices": [choice], **fields}) + b"\n\n"


DONE = b"data: [DONE]\n\n"

"""Takes a vector over into another dialect and reads it there again: requests, answers and streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote

from dragoman.dialects.assemble import assemble
from dragoman.dialects.base import ClientSide, ProviderSide
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.model.stream import StreamEvent
from tests.vector_files import Vector, load_vectors

NAMES = tuple(DIALECTS)
PAIRS = [(source, target) for source in NAMES for target in NAMES if source != target]

PROFILES: dict[str, Profile] = {
    "openai_chat": Profile(developer_role=True),
    "openai_responses": Profile(),
    "anthropic_messages": Profile(),
    "gemini_generate": Profile(),
}
"""A target of each dialect as its maker serves it."""


@dataclass
class Crossing:
    """What came out on the other side, and what it was read as there. `refusal`: why there is nothing."""

    wire: bytes = b""
    losses: list[Loss] = field(default_factory=list)
    refusal: DragomanError | None = None
    request: Request | None = None
    response: Response | None = None


def client_of(name: str) -> ClientSide:
    client = DIALECTS[name].client
    assert client is not None
    return client


def provider_of(name: str) -> ProviderSide:
    provider = DIALECTS[name].provider
    assert provider is not None
    return provider


def list_vectors(kind: str) -> list[Vector]:
    """The vectors that have a `request`, a whole `response` or a whole `stream`."""
    vectors = [vector for name in NAMES for vector in load_vectors(name) if getattr(vector, kind) is not None]
    return [vector for vector in vectors if kind == "request" or not vector.name.startswith("error-")]


def parse_own(dialect: str, body: bytes, path: str = "/models/a-model:generateContent") -> Request:
    """A request as its own dialect reads it; Gemini's path names the model."""
    client = client_of(dialect)
    if dialect != "gemini_generate":
        return client.parse_request(client.open_envelope(body, None, None))
    model, _, method = path.rpartition("/")[2].partition(":")
    return client.parse_request(client.open_envelope(body, unquote(model), method.startswith("stream")))


def cross_request(request: Request, target: str) -> Crossing:
    """The request, said to a provider of `target`, and what a server of that dialect would understand."""
    crossing = Crossing()
    try:
        wire = provider_of(target).emit_request(request, PROFILES[target], crossing.losses)
    except DragomanError as refusal:
        crossing.refusal = refusal
        return crossing
    crossing.wire = wire.body
    crossing.request = parse_own(target, wire.body, wire.path)
    return crossing


def ask_in(client: str) -> Request:
    """A request of a client, as far as the way of answering depends on it."""
    return Request("a-model", [], stream=True, stream_usage=True)


def cross_response(response: Response, client: str) -> Crossing:
    """The answer, told to a client of that dialect, and what the client would understand."""
    crossing = Crossing()
    crossing.wire = client_of(client).emit_response(response, ask_in(client), crossing.losses).body
    crossing.response = provider_of(client).parse_response(crossing.wire)
    return crossing


def read_stream(dialect: str, data: bytes) -> list[StreamEvent]:
    """The events of a whole stream."""
    parser = provider_of(dialect).open_parser()
    return [*parser.feed(data), *parser.finish()]


def cross_stream(events: list[StreamEvent], client: str) -> Crossing:
    """The stream, told to a client of that dialect, and the answer that the client would put together."""
    crossing = Crossing()
    crossing.wire = client_of(client).open_emitter(ask_in(client), crossing.losses).emit(events)
    crossing.response = assemble(read_stream(client, crossing.wire))
    return crossing

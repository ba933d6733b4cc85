"""Takes a vector over into another dialect and reads it there again: requests, answers, streams and errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Literal
from urllib.parse import unquote

from dragoman.dialects.assemble import assemble
from dragoman.dialects.base import ClientSide, ProviderSide
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import ReasoningRequest, Request
from dragoman.model.response import Response
from dragoman.model.stream import StreamEvent
from tests.matrix.converse_reader import read_request
from tests.vector_files import Vector, load_vectors

Form = Literal["request", "response", "stream"]

NAMES = tuple(name for name, dialect in DIALECTS.items() if dialect.client and dialect.provider)
"""The dialects that both clients and providers speak."""

BEDROCK = "bedrock_converse"

PROVIDERS = tuple(name for name, dialect in DIALECTS.items() if dialect.provider)
"""Those and the dialects that only providers speak."""

ASKED = [(client, provider) for client in NAMES for provider in PROVIDERS if client != provider]
ANSWERED = [(provider, client) for client, provider in ASKED]
PAIRS = list(dict.fromkeys(ASKED + ANSWERED))
"""Ways of requests, of answers, and both."""

PROFILES: dict[str, Profile] = {
    "openai_chat": Profile(developer_role=True),
    "openai_responses": Profile(),
    "anthropic_messages": Profile(),
    "gemini_generate": Profile(),
    BEDROCK: Profile(converse_extras="anthropic"),
}
"""A target of each dialect as its maker serves it."""

MODEL = "a-model"


@dataclass
class Crossing:
    """What was said, what came out on the other side, and what it was read as there.

    `refusal` says why nothing came out, `failure` that what came out is read as a failure on the other side.
    """

    source: str
    target: str
    before: Request | Response
    after: Request | Response | None = None
    wire: bytes = b""
    losses: list[Loss] = field(default_factory=list)
    refusal: DragomanError | None = None
    failure: DragomanError | None = None


def client_of(name: str) -> ClientSide:
    client = DIALECTS[name].client
    assert client is not None
    return client


def provider_of(name: str) -> ProviderSide:
    provider = DIALECTS[name].provider
    assert provider is not None
    return provider


@cache
def list_vectors(dialect: str, form: Form) -> tuple[Vector, ...]:
    """The vectors of a dialect that have a request, an answer or a stream, but for those that are errors."""
    vectors = load_vectors(dialect)
    return tuple(vector for vector in vectors if is_told(vector, form))


def list_crossable(source: str, target: str, form: Form) -> tuple[Vector, ...]:
    """As `list_vectors`, but none where nobody of the target's dialect could read it."""
    return list_vectors(source, form) if form == "request" or target in NAMES else ()


def is_told(vector: Vector, form: Form) -> bool:
    return getattr(vector, form) is not None and not vector.name.startswith("error-")


def parse_own(dialect: str, body: bytes, path: str = f"/models/{MODEL}:generateContent") -> Request:
    """A request as its own dialect reads it; Gemini's path names the model, and so does Bedrock's."""
    if dialect == BEDROCK:
        _, model, operation = path.removeprefix("/").split("/")
        return read_request(body, unquote(model), is_stream=operation.endswith("stream"))
    client = client_of(dialect)
    if dialect != "gemini_generate":
        return client.parse_request(client.open_envelope(body, None, None))
    model, _, method = path.rpartition("/")[2].partition(":")
    return client.parse_request(client.open_envelope(body, unquote(model), method.startswith("stream")))


def cross(vector: Vector, form: Form, target: str, *, keeps_tokens: bool = False) -> Crossing:
    """One of the three texts of a vector, taken over. `keeps_tokens`: a client of Responses asked for the tokens of
    thinking, as agents do that store nothing."""
    asked = _KEEPER if keeps_tokens else _ANYONE
    source = vector.dialect
    if form == "request":
        return cross_request(parse_own(source, vector.request or b"").for_model(MODEL), source, target)
    if form == "response":
        return cross_response(provider_of(source).parse_response(vector.response or b""), source, target, asked)
    return cross_stream(read_stream(source, vector.stream or b""), source, target)


def cross_request(request: Request, source: str, target: str) -> Crossing:
    """The request, said to a provider of `target`, and what a server of that dialect would understand."""
    crossing = Crossing(source, target, request)
    try:
        wire = provider_of(target).emit_request(request, PROFILES[target], crossing.losses)
    except DragomanError as refusal:
        crossing.refusal = refusal
        return crossing
    crossing.wire = wire.body
    crossing.after = parse_own(target, wire.body, wire.path)
    return crossing


def cross_response(response: Response, source: str, target: str, asked: Request | None = None) -> Crossing:
    """The answer, told to a client of `target`, and what the client would understand."""
    crossing = Crossing(source, target, response)
    crossing.wire = client_of(target).emit_response(response, asked or _ANYONE, crossing.losses).body
    try:
        crossing.after = provider_of(target).parse_response(crossing.wire)
    except DragomanError as failure:
        crossing.failure = failure
    return crossing


def cross_stream(events: list[StreamEvent], source: str, target: str) -> Crossing:
    """The stream, told to a client of `target`, and the answer that the client would put together."""
    crossing = Crossing(source, target, assemble(events))
    crossing.wire = client_of(target).open_emitter(_ANYONE, crossing.losses).emit(events)
    try:
        crossing.after = assemble(read_stream(target, crossing.wire))
    except DragomanError as failure:
        crossing.failure = failure
    return crossing


def read_stream(dialect: str, data: bytes) -> list[StreamEvent]:
    """The events of a whole stream."""
    parser = provider_of(dialect).open_parser()
    return [*parser.feed(data), *parser.finish()]


_ANYONE = Request(MODEL, [], stream=True, stream_usage=True)
_KEEPER = Request(MODEL, [], stream=True, reasoning=ReasoningRequest(encrypted=True))
"""Clients' requests, as far as the way of answering depends on them."""

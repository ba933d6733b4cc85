"""Shorthands that the tests of this dialect share."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.base import Envelope
from dragoman.dialects.gemini_generate.dialect import GeminiClients, GeminiProviders
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.request import Request, Turn
from dragoman.model.stream import StreamEvent
from dragoman.wire.json_document import decode_object, encode_json
from tests.vector_files import Vector, load_vectors

CLIENT = GeminiClients()
PROVIDER = GeminiProviders()
ANYONE = Request(model="gemini-2.5-flash", turns=[])

VECTORS = load_vectors("gemini_generate")
REQUESTS = [vector for vector in VECTORS if vector.request]
ERRORS = [vector for vector in VECTORS if vector.name.startswith("error-") and vector.response]
ANSWERS = [vector for vector in VECTORS if vector.response and not vector.name.startswith("error-")]
STREAMS = [vector for vector in VECTORS if vector.stream and not vector.name.startswith("error-")]
BROKEN_STREAMS = [vector for vector in VECTORS if vector.stream and vector.name.startswith("error-")]

Fields = dict[str, Any]


def find(name: str) -> Vector:
    return next(vector for vector in VECTORS if vector.name == name)


def open_body(body: bytes, model: str = "gemini-2.5-flash", stream: bool = False) -> Envelope:
    return CLIENT.open_envelope(body, model, stream)


def parse(body: bytes | Fields) -> Request:
    return CLIENT.parse_request(open_body(body if isinstance(body, bytes) else encode_json(body)))


def emit(request: Request, losses: list[Loss], profile: Profile = DEFAULT_PROFILE) -> Fields:
    return decode_object(PROVIDER.emit_request(request, profile, losses).body)


def emit_turns(*turns: Turn, losses: list[Loss] | None = None, profile: Profile = DEFAULT_PROFILE) -> Fields:
    return emit(Request(model="m", turns=list(turns)), [] if losses is None else losses, profile)


def read_stream(data: bytes) -> list[StreamEvent]:
    parser = PROVIDER.open_parser()
    return parser.feed(data) + parser.finish()


def codes(losses: list[Loss]) -> list[tuple[str, str]]:
    return [(loss.code, loss.path) for loss in losses]

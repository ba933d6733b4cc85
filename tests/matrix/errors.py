"""Takes errors of providers over to clients of another dialect: as answers and amid streams."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.dialects.base import WireReply
from dragoman.errors import DragomanError, Kind
from dragoman.model.request import Request
from tests.matrix.crossing import client_of, provider_of
from tests.vector_files import Vector, load_vectors

STATUS_BY_WORD = {
    "api-key": 400,
    "authentication": 401,
    "billing": 402,
    "conflict": 409,
    "not-found": 404,
    "overloaded": 529,
    "permission": 403,
    "quota": 429,
    "limit": 429,
    "server": 500,
    "timeout": 504,
    "too-large": 413,
}
"""The status that an error comes with, by a word in its vector's name; 400 for all others."""

SAID_AS: dict[tuple[str, Kind], Kind] = {
    ("openai_chat", Kind.OVERLOADED): Kind.UNAVAILABLE,  # in streams
    ("openai_responses", Kind.INTERNAL): Kind.UNAVAILABLE,
    ("openai_responses", Kind.TIMEOUT): Kind.UNAVAILABLE,
    ("openai_responses", Kind.OVERLOADED): Kind.UNAVAILABLE,  # in streams
    ("anthropic_messages", Kind.INTERNAL): Kind.UNAVAILABLE,
    ("anthropic_messages", Kind.CONTENT_POLICY): Kind.INVALID_REQUEST,
    ("gemini_generate", Kind.CONTENT_POLICY): Kind.INVALID_REQUEST,
    ("gemini_generate", Kind.PAYMENT_REQUIRED): Kind.INVALID_REQUEST,
    ("gemini_generate", Kind.TOO_LARGE): Kind.INVALID_REQUEST,
    ("gemini_generate", Kind.UNAVAILABLE): Kind.OVERLOADED,
}
"""Kinds that a dialect has no word for, and what they are understood as there. Whether to try again, and whose turn it
is to mend something, stays the same."""


@dataclass(frozen=True)
class ErrorCrossing:
    """What went wrong, what the client was told, and what it understood."""

    before: DragomanError
    reply: WireReply
    after: DragomanError


def list_errors(dialect: str, *, streamed: bool) -> list[Vector]:
    """The vectors of a dialect that are errors."""
    vectors = [vector for vector in load_vectors(dialect) if vector.name.startswith("error-")]
    return [vector for vector in vectors if (vector.stream if streamed else vector.response) is not None]


def cross_error(vector: Vector, client: str) -> ErrorCrossing:
    """A provider's error answer, told to a client."""
    status = next((status for word, status in STATUS_BY_WORD.items() if word in vector.name), 400)
    error = provider_of(vector.dialect).parse_error(status, [], vector.response or b"")
    reply = client_of(client).emit_error(error)
    return ErrorCrossing(error, reply, provider_of(client).parse_error(reply.status, list(reply.headers), reply.body))


def cross_failing_stream(vector: Vector, client: str) -> tuple[DragomanError | None, bytes]:
    """The error that a provider's stream ends with, and all that the client gets."""
    parser = provider_of(vector.dialect).open_parser()
    emitter = client_of(client).open_emitter(Request("a-model", [], stream=True), [])
    wire = b""
    try:
        wire += emitter.emit(parser.feed(vector.stream or b""))
        wire += emitter.emit(parser.finish())
    except DragomanError as error:
        return error, wire + emitter.fail(error)
    return None, wire


def understood_as(kind: Kind, client: str) -> set[Kind]:
    """What a kind may be taken for."""
    return {kind, SAID_AS.get((client, kind), kind)}

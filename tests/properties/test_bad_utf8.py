"""A byte that is no UTF-8, in any text of a provider's answer, in every dialect: never passed on, and no crash of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from dragoman.dialects.base import Dialect, Envelope
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model.profile import Profile
from tests.vector_files import Vector, load_vectors

NAMES = ("openai_chat", "openai_responses", "anthropic_messages", "gemini_generate")
TEXT = re.compile(rb'"[a-zA-Z_]+"\s*:\s*"([^"\\])')
MOST_VECTORS = 12
MOST_PLACES = 40

Take = Callable[[Dialect, Envelope, bytes], object]


def pass_stream(dialect: Dialect, envelope: Envelope, stream: bytes) -> object:
    assert dialect.provider is not None
    listener = dialect.provider.open_listener(envelope, Profile())
    return listener.feed(stream) + listener.finish()


def parse_stream(dialect: Dialect, envelope: Envelope, stream: bytes) -> object:
    assert dialect.provider is not None
    parser = dialect.provider.open_parser()
    return parser.feed(stream) + parser.finish()


def glance(dialect: Dialect, envelope: Envelope, body: bytes) -> object:
    assert dialect.provider is not None
    return dialect.provider.read_glance(body)


def parse(dialect: Dialect, envelope: Envelope, body: bytes) -> object:
    assert dialect.provider is not None
    return dialect.provider.parse_response(body)


def is_whole(vector: Vector) -> bool:
    return not any(word in vector.name for word in ("error", "failed", "truncated", "cut"))


def break_text(answer: bytes) -> Iterator[bytes]:
    """The answer with one byte of a value changed, place after place."""
    for match in list(TEXT.finditer(answer))[:MOST_PLACES]:
        yield answer[: match.start(1)] + b"\xff" + answer[match.end(1) :]


@pytest.mark.parametrize("take", [pass_stream, parse_stream, glance, parse])
@pytest.mark.parametrize("name", NAMES)
def test_a_byte_that_is_no_utf8_is_an_error_of_ours(name: str, take: Take) -> None:
    dialect = DIALECTS[name]
    assert dialect.client is not None
    is_stream = take in {pass_stream, parse_stream}
    vectors = [vector for vector in load_vectors(name) if vector.request and is_whole(vector)]
    known = [vector for vector in vectors if (vector.stream if is_stream else vector.response)][:MOST_VECTORS]
    path_model = "m" if name == "gemini_generate" else None
    count = 0
    for vector in known:
        assert vector.request is not None
        envelope = dialect.client.open_envelope(vector.request, path_model, is_stream if path_model else None)
        answer = vector.stream if is_stream else vector.response
        take(dialect, envelope, answer or b"")
        for broken in break_text(answer or b""):
            count += is_noticed(take, dialect, envelope, broken)
    assert count > 30


def is_noticed(take: Take, dialect: Dialect, envelope: Envelope, answer: bytes) -> bool:
    """As it must be, unless a parser does not even look at that text."""
    try:
        take(dialect, envelope, answer)
    except DragomanError:
        return True
    assert take in {parse_stream, parse}
    return False

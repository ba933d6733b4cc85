"""However the bytes of a stream are cut on their way, it tells the same, to the parser and to the listener alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.dialects.base import Envelope
from dragoman.errors import DragomanError
from dragoman.model.profile import Profile
from dragoman.model.stream import StreamEvent, UsageReport
from dragoman.wire.json_document import JsonDocument
from tests.matrix.crossing import PROVIDERS, provider_of
from tests.vector_files import Vector, load_vectors

VECTORS = [vector for name in PROVIDERS for vector in load_vectors(name) if vector.stream]
WHOLE = [vector for vector in VECTORS if not vector.name.startswith("error-")]
IN_LINES = [vector for vector in VECTORS if vector.dialect != "bedrock_converse"]
FAITHFUL = Profile(developer_role=True, replay_reasoning=True, cache_control=True)
LOSES_WITH_ITS_ERROR = "gemini_generate:error-in-stream"
"""What stands before an error in the same piece does not pass; a client gets the error."""
ENVELOPE = Envelope("m", True, JsonDocument(b'{"model":"m","stream":true,"stream_options":{"include_usage":true}}'))


class Heard(NamedTuple):
    """What came of a stream, and how it failed."""

    told: list[StreamEvent]
    failure: str


class Passed(NamedTuple):
    """What a listener let through, and how the stream failed."""

    data: bytes
    failure: str


def parse(vector: Vector, chunks: list[bytes]) -> Heard:
    parser = provider_of(vector.dialect).open_parser()
    events: list[StreamEvent] = []
    try:
        for chunk in chunks:
            events += parser.feed(chunk)
        events += parser.finish()
    except DragomanError as error:
        return Heard(keep_last_usage(events), repr(error))
    return Heard(keep_last_usage(events), "")


def listen(vector: Vector, chunks: list[bytes]) -> Passed:
    listener = provider_of(vector.dialect).open_listener(ENVELOPE, FAITHFUL)
    passed = b""
    try:
        for chunk in chunks:
            passed += listener.feed(chunk)
        passed += listener.finish()
    except DragomanError as error:
        return Passed(passed, repr(error))
    return Passed(passed, "")


def keep_last_usage(events: list[StreamEvent]) -> list[StreamEvent]:
    """Usage is told once for all bytes that come together, so how often depends on the cuts; the last one counts."""
    reports = [event for event in events if isinstance(event, UsageReport)]
    return [event for event in events if not isinstance(event, UsageReport)] + list(reports[-1:])


def cut(data: bytes) -> Iterator[list[bytes]]:
    """Byte by byte, and in two at every place."""
    yield [data[place : place + 1] for place in range(len(data))]
    for place in range(1, len(data)):
        yield [data[:place], data[place:]]


@pytest.mark.parametrize("vector", VECTORS, ids=repr)
def test_a_stream_reads_the_same_however_it_is_cut(vector: Vector) -> None:
    data = vector.stream or b""
    whole = parse(vector, [data])
    for chunks in cut(data):
        assert parse(vector, chunks) == whole, len(chunks[0])


@pytest.mark.parametrize("vector", VECTORS, ids=repr)
def test_a_listener_passes_the_same_however_it_is_cut(vector: Vector) -> None:
    data = vector.stream or b""
    whole = listen(vector, [data])
    assert data.startswith(whole.data)
    assert (whole.failure == "") == (whole.data == data)
    for chunks in cut(data):
        passed = listen(vector, chunks)
        assert passed.failure == whole.failure
        assert passed.data == whole.data or repr(vector) == LOSES_WITH_ITS_ERROR, len(chunks[0])


@pytest.mark.parametrize("vector", IN_LINES, ids=repr)
def test_line_ends_of_any_kind_make_no_difference(vector: Vector) -> None:
    data = (vector.stream or b"").replace(b"\r\n", b"\n")
    assert parse(vector, [data.replace(b"\n", b"\r\n")]) == parse(vector, [data])


@pytest.mark.parametrize("vector", WHOLE, ids=repr)
def test_a_listener_hears_what_the_parser_hears(vector: Vector) -> None:
    data = vector.stream or b""
    told = assemble(parse(vector, [data]).told)
    listener = provider_of(vector.dialect).open_listener(ENVELOPE, FAITHFUL)
    assert listener.feed(data) + listener.finish() == data
    assert listener.usage == told.usage
    assert listener.end is not None
    assert listener.end.wire == told.candidates[0].finish.wire
    assert listener.is_meaningful

"""Whatever comes in, nothing but a `DragomanError` comes out."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.dialects.assemble import assemble
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Opaque
from dragoman.model.profile import DEFAULT_PROFILE
from tests.grammars.openai_responses import check_stream
from tests.stream_grammar import check_events
from tests.unit.dialects.openai_responses.samples import ANYONE, CLIENT, PROVIDER, VECTORS, hear, listen

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
REQUESTS = [vector.request for vector in VECTORS if vector.request]
RESPONSES = [vector.response for vector in VECTORS if vector.response]
STREAMS = [vector.stream for vector in VECTORS if vector.stream]

ANSWER = PROVIDER.parse_response(next(vector.response for vector in VECTORS if vector.name == "text") or b"")


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a value, with every key in it."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        found += [(value, key) for key in value]
    if isinstance(value, list):
        found += [(value, index) for index in range(len(value))]
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        found += places(inner)
    return found


@st.composite
def mutants(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """A vector in which some nodes were replaced, or taken away."""
    value = json.loads(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        found = places(value)
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        if isinstance(container, dict) and draw(st.booleans()):
            del container[key]
        else:
            container[key] = draw(VALUES)
    return json.dumps(value).encode()


@st.composite
def mutant_streams(draw: st.DrawFn) -> bytes:
    """A stream in which the JSON of some events was changed, or events were taken away or repeated."""
    blocks = draw(st.sampled_from(STREAMS)).split(b"\n\n")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(blocks) - 1))
        name, mark, data = blocks[place].partition(b"data: ")
        kind = draw(st.sampled_from(["mutate", "remove", "repeat"]))
        if kind == "mutate" and data.startswith(b"{"):
            blocks[place] = name + mark + draw(mutants([data]))
        elif kind == "remove":
            del blocks[place]
        else:
            blocks.insert(place, blocks[place])
        blocks = blocks or [b""]
    return b"\n\n".join(blocks)


def try_request(body: bytes) -> None:
    with contextlib.suppress(DragomanError):
        request = CLIENT.parse_request(CLIENT.open_envelope(body, None, None))
        PROVIDER.emit_request(request, DEFAULT_PROFILE, [])
        PROVIDER.emit_count_request(request, DEFAULT_PROFILE, [])
        PROVIDER.patch_request(CLIENT.open_envelope(body, None, None), "gpt", DEFAULT_PROFILE)
        CLIENT.emit_response(ANSWER, request, [])


def try_response(body: bytes) -> None:
    with contextlib.suppress(DragomanError):
        PROVIDER.read_glance(body)
    with contextlib.suppress(DragomanError):
        CLIENT.emit_response(PROVIDER.parse_response(body), ANYONE, [])


def as_foreign(event: Any) -> Any:
    """The event as another dialect would have told it: what a server says of its own items need not make sense."""
    if isinstance(event, s.OpaqueEvent):
        return s.OpaqueEvent(Opaque("other", event.content.kind, {}))
    if isinstance(event, s.PartDone):
        return s.PartDone(event.part, Opaque("other", "item", {}))
    return msgspec.structs.replace(event, extras=None) if hasattr(event, "extras") else event


def try_stream(chunks: list[bytes]) -> None:
    events, error = hear(chunks)
    if events:
        check_events(events, is_cut=error is not None)
    if error is None:
        assemble(events)
        CLIENT.open_emitter(ANYONE, []).emit(events)
        check_stream(CLIENT.open_emitter(ANYONE, []).emit([as_foreign(event) for event in events]), has_our_ids=True)
    passed, _, _ = listen(chunks)
    assert len(passed) <= sum(map(len, chunks)) + 2


@settings(deadline=None)
@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try_request(data)
    try_response(data)
    try_stream([data])
    PROVIDER.parse_error(400, [(b"retry-after", data[:9])], data)
    with contextlib.suppress(DragomanError):
        PROVIDER.parse_token_count(data)


@settings(max_examples=300, deadline=None)
@given(mutants(REQUESTS))
def test_any_change_of_a_request_is_read_or_refused(body: bytes) -> None:
    try_request(body)


@settings(max_examples=300, deadline=None)
@given(mutants(RESPONSES), st.integers(200, 599))
def test_any_change_of_an_answer_is_read_or_refused(body: bytes, status: int) -> None:
    try_response(body)
    CLIENT.emit_error(PROVIDER.parse_error(status, [], body))


@settings(max_examples=300, deadline=None)
@given(mutant_streams(), st.integers(1, 400))
def test_any_change_of_a_stream_is_read_or_refused(data: bytes, size: int) -> None:
    try_stream([data[place : place + size] for place in range(0, len(data), size)])

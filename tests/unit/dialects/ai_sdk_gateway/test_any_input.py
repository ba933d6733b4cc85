"""Whatever comes, nothing but a `DragomanError` is raised."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.errors import DragomanError
from dragoman.wire.json_document import decode_value, encode_json
from tests.matrix.crossing import PROFILES, provider_of
from tests.unit.dialects.ai_sdk_gateway.samples import CLIENT, REQUESTS

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def read(body: bytes) -> None:
    try:
        request = CLIENT.parse_request(CLIENT.open_envelope(body, "m", False))
        for name, profile in PROFILES.items():
            provider_of(name).emit_request(request, profile, [])
    except DragomanError as error:
        str(error)


@given(data=st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b'{"prompt":[' + tail))
@settings(max_examples=100, deadline=None)
def test_any_bytes_raise_nothing_else(data: bytes) -> None:
    read(data)


@given(source=st.data(), seed=st.integers(0, 2**32), value=VALUES)
@settings(max_examples=600, deadline=None)
def test_requests_with_a_wrong_node_raise_nothing_else(source: st.DataObject, seed: int, value: Any) -> None:
    vector = source.draw(st.sampled_from(REQUESTS))
    body = decode_value(vector.request or b"")
    read(encode_json(replace_node(body, value, random.Random(seed))))


def replace_node(root: Any, value: Any, chance: random.Random) -> Any:
    """A copy in which one node, chosen at random, is another value."""
    places = list_places(root)
    path = chance.choice(places)
    return replace_at(root, path, value)


def list_places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if type(node) is dict else enumerate(node) if type(node) is list else ()
    return [path, *(place for key, child in children for place in list_places(child, (*path, key)))]


def replace_at(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copied = dict(node) if type(node) is dict else list(node)
    copied[path[0]] = replace_at(node[path[0]], path[1:], value)
    return copied

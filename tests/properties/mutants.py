"""Vectors with something wrong in them: a value replaced, a field taken away, an event lost, repeated or out of place."""

from __future__ import annotations

import random
import re
from typing import Any

from hypothesis import strategies as st

from dragoman.errors import DragomanError
from dragoman.wire.json_document import decode_value, encode_json
from dragoman.wire.sse import emit_sse
from tests.vector_files import VECTORS, Vector, frame_events

WORDS = st.text(max_size=8) | st.sampled_from(["text", "tool_use", "user", "function", "a\n\nb", "\u2028", "{", "id"])
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
EVENT = re.compile(rb"(?:event: (?P<name>.*?)\r?\n)?data: (?P<data>.*?)\r?\n")
STAYS = 0.1
"""How likely a node is replaced itself, and not one inside of it."""


def change(tree: Any, value: Any, chance: random.Random) -> Any:
    """The tree with one node, anywhere in it, replaced or taken away."""
    children = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    if not children or chance.random() < STAYS:
        return value
    name, child = chance.choice(children)
    if chance.random() < STAYS:
        del tree[name]
    else:
        tree[name] = change(child, value, chance)
    return tree


def change_body(body: bytes, value: Any, chance: random.Random) -> bytes:
    """The same with a body in JSON."""
    return encode_json(change(decode_value(body), value, chance))


def change_stream(vector: Vector, value: Any, chance: random.Random) -> bytes:
    """A stream with one event changed, lost or repeated, or with all of them in another order."""
    events = _read_lines(vector) if vector.dialect == "bedrock_converse" else EVENT.findall(vector.stream or b"")
    place = chance.randrange(len(events))
    kind = chance.choice(["change", "change", "change", "lose", "repeat", "shuffle"])
    if kind == "change":
        name, data = events[place]
        events[place] = (name, _change_data(data, value, chance))
    elif kind == "lose":
        del events[place]
    elif kind == "repeat":
        events.insert(place, events[place])
    else:
        chance.shuffle(events)
    if vector.dialect == "bedrock_converse":
        return frame_events(b"\n".join(encode_json({name.decode(): decode_value(data)}) for name, data in events))
    return b"".join(emit_sse(data, name) for name, data in events)


def _change_data(data: bytes, value: Any, chance: random.Random) -> bytes:
    """Some events are no JSON, on purpose."""
    try:
        return change_body(data, value, chance)
    except DragomanError:
        return encode_json(value)


def _read_lines(vector: Vector) -> list[tuple[bytes, bytes]]:
    """Streams in Amazon's framing, before they are framed."""
    lines = (VECTORS / vector.dialect / f"{vector.name}.stream.jsonl").read_bytes().splitlines()
    return [(name.encode(), encode_json(fields)) for line in lines for name, fields in decode_value(line).items()]

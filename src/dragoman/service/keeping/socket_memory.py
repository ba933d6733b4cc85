"""What a connection remembers of responses that nobody keeps, so that its next request can continue them.

Of each lane only the latest response is known. All connections together remember up to a limit; then what was used
longest ago goes, and whoever continues it is told that it is not there, as after a new connection.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import count
from typing import NamedTuple

from dragoman.dialects.openai_responses import socket, stored
from dragoman.dialects.openai_responses.conversations import split_items
from dragoman.dialects.openai_responses.output_items import is_made_here
from dragoman.wire.json_document import JsonDocument, encode_json

MAX_BYTES = 256 * 1024 * 1024
ENTRY_BYTES = 512
"""What an entry takes beside its words."""

Key = tuple[int, str]
"""A connection, and the id of a response on it."""


class Chain(NamedTuple):
    """A response with all that it builds on: JSON arrays of items, and the name by which somebody else keeps what was
    said before those."""

    id: str
    base: str | None
    arrays: tuple[bytes, ...]
    size: int


class Continued(NamedTuple):
    """A request as it is to be posted, what its answer is to say of itself, and what it has come from."""

    body: bytes
    changes: dict[str, bytes | None]
    items: bytes
    earlier: Chain | None


class SocketMemory:
    """All connections'."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._chains: OrderedDict[Key, Chain] = OrderedDict()
        self._latest: dict[int, dict[str | None, str]] = {}  # by connection and lane
        self._numbers = count(1)

    def __repr__(self) -> str:
        return f"<SocketMemory: {len(self._chains)} responses, {self._bytes} bytes>"

    def open(self) -> int:
        """A connection has begun; its number."""
        number = next(self._numbers)
        self._latest[number] = {}
        return number

    def recall(self, connection: int, document: JsonDocument) -> Continued:
        """A request with what its connection remembers of what it continues."""
        previous = document.read("previous_response_id")
        items = stored.read_items(document)
        found = self._chains.get((connection, previous)) if type(previous) is str else None
        if found is None:
            return Continued(socket.build_body(document), {}, items, None)
        self._chains.move_to_end((connection, found.id))
        base = None if found.base is None else encode_json(found.base)
        expanded = stored.join_arrays([*found.arrays, items])
        body = JsonDocument(socket.build_body(document)).patch({"input": expanded, "previous_response_id": base})
        return Continued(body, {"previous_response_id": encode_json(found.id)}, items, found)

    def note(self, connection: int, lane: str | None, asked: Continued, answer: bytes) -> None:
        """A response came to its end; the one before it in its lane is forgotten. What somebody keeps need not be
        remembered."""
        self._forget_latest(connection, lane)
        chain = build_chain(asked, answer)
        latest = self._latest.get(connection)
        if latest is None or chain is None or chain.size > self._max_bytes:
            return
        self._chains[connection, chain.id] = chain
        latest[lane] = chain.id
        self._bytes += chain.size
        while self._bytes > self._max_bytes:
            _, oldest = self._chains.popitem(last=False)
            self._bytes -= oldest.size

    def forget(self, connection: int) -> None:
        """A connection has ended; what still ends on it is not noted any more."""
        for lane in list(self._latest.get(connection, ())):
            self._forget_latest(connection, lane)
        self._latest.pop(connection, None)

    def _forget_latest(self, connection: int, lane: str | None) -> None:
        id = self._latest.get(connection, {}).pop(lane, None)
        chain = self._chains.pop((connection, id), None) if id is not None else None
        self._bytes -= chain.size if chain is not None else 0


def build_chain(asked: Continued, answer: bytes) -> Chain | None:
    """A response with what it builds on; None where somebody else keeps it."""
    document = JsonDocument(answer)
    id = document.read("id")
    if type(id) is not str or document.read("store") is True or document.read("conversation") is not None:
        return None
    new = (asked.items, select_output(bytes(document.fields.get("output", b"[]"))))
    earlier = asked.earlier
    base = document.read("previous_response_id") if earlier is None else earlier.base
    arrays = new if earlier is None else (*earlier.arrays, *new)
    return Chain(id, base, arrays, ENTRY_BYTES + sum(len(array) for array in arrays))


def select_output(output: bytes) -> bytes:
    """The items of an answer that can be sent again. Thinking that only its provider kept, under a name of its own, is
    not known to anybody if the answer was not to be stored."""
    return b"[%b]" % b",".join([raw for raw in split_items(output) if not _is_nameless(raw)])


def _is_nameless(raw: bytes) -> bool:
    if b'"reasoning"' not in raw:
        return False
    item = JsonDocument(raw)
    if item.read("type") != "reasoning" or item.read("encrypted_content"):
        return False
    return not is_made_here(item.read("id"))

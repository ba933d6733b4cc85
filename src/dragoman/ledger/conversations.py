"""Conversations that callers hold by name: words of people and models, in one SQLite file of their own.

Invariants: a conversation is found by nobody but the principal that it belongs to; what was removed is overwritten in the
file, not only forgotten; the items of one turn are all there or none. A conversation goes when nobody has used it for
long, or when it is the longest unused one and there is no more room. Synchronous, for one thread; the file is made by
the first conversation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.private_file import PrivateFile, empty_log, transaction
from dragoman.ledger.queries import load_queries

FILE_NAME = "conversations.sqlite"
MAX_BYTES = 32 * 1024 * 1024
"""What one conversation may hold: all of it goes with every request."""

MAX_ITEMS = 10_000
MAX_EACH = 10_000
"""How many conversations a principal may have; then those make way that were not used for longest."""

HEAD_BYTES = 256
"""What a conversation takes beside its words."""

FORGET_AT_ONCE = 100
DEFAULT_MAX_BYTES = 1024 * 1024 * 1024
EVERYTHING = 2**62

_MAKE = (
    "make_conversations",
    "make_conversations_by_time",
    "make_conversations_by_principal",
    "make_items",
    "make_items_by_id",
)


class Conversation(NamedTuple):
    """What is told of one; `metadata` is a JSON object."""

    id: str
    principal: str
    created_ms: int
    metadata: bytes = b"{}"


class Item(NamedTuple):
    """One thing that was said; `body` is JSON, as it came, and `response` names what it came with, if that is known."""

    id: str
    body: bytes
    response: str = ""

    @property
    def size(self) -> int:
        return len(self.id) + len(self.body)


class Page(NamedTuple):
    """Which items are wanted: those after one of them, newest or oldest first. One more than `limit` is read, so that it
    shows whether there are more."""

    after: str | None = None
    limit: int = 20
    is_upwards: bool = False


class ConversationStore:
    """The file. `max_bytes` is how much of what was said it may hold; it may be changed."""

    def __init__(self, path: Path, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._queries = load_queries("conversations.sql")
        self._file = PrivateFile(path, "conversations", [self._queries[name] for name in _MAKE], self._note_open)
        self._bytes = 0

    def __repr__(self) -> str:
        return f"<ConversationStore {self._file.path.name}: {self._bytes} bytes>"

    @property
    def exists(self) -> bool:
        """Whether anything was ever kept."""
        return self._file.path.exists()

    def open(self, conversation: Conversation, items: Sequence[Item]) -> None:
        """Begin a conversation with what was said already."""
        size = HEAD_BYTES + len(conversation.metadata)
        with self._file.use(make=True) as connection:
            assert connection is not None
            self._limit_principal(connection, conversation.principal)
            with transaction(connection):
                row = (*conversation, conversation.created_ms, size)
                connection.execute(self._queries["insert_conversation"], row)
                size += self._insert(connection, conversation.id, items, (size, 0), conversation.created_ms)
            self._bytes += size
        self._make_room()

    def append(self, conversation_id: str, principal: str, items: Sequence[Item], now_ms: int) -> bool:
        """Add what was said; whether the conversation was there."""
        with self._file.use() as connection:
            if connection is None:
                return False
            with transaction(connection):
                room = connection.execute(self._queries["read_room"], (conversation_id, principal)).fetchone()
                if room is None:
                    return False
                added = self._insert(connection, conversation_id, items, room, now_ms)
            self._bytes += added
        self._make_room()
        return True

    def read(self, conversation_id: str, principal: str) -> Conversation | None:
        """The conversation, if there is one and it is this principal's."""
        with self._file.use() as connection:
            return None if connection is None else self._read(connection, conversation_id, principal)

    def read_items(self, conversation_id: str, principal: str, before: str = "") -> list[Item] | None:
        """All that was said, the first first, up to what came with the response `before`; None where it is not there."""
        with self._file.use() as connection:
            if connection is None or self._read(connection, conversation_id, principal) is None:
                return None
            end = EVERYTHING
            if before:
                (found,) = connection.execute(self._queries["find_response"], (conversation_id, before)).fetchone()
                end = EVERYTHING if found is None else found
            return [Item(*row) for row in connection.execute(self._queries["read_items"], (conversation_id, end))]

    def read_page(self, conversation_id: str, principal: str, page: Page) -> list[Item] | None:
        """Some of what was said, one more than was asked for; None where the conversation is not there."""
        with self._file.use() as connection:
            if connection is None or self._read(connection, conversation_id, principal) is None:
                return None
            begin = -1 if page.is_upwards else EVERYTHING
            if page.after:
                found = connection.execute(self._queries["find_item"], (conversation_id, page.after)).fetchone()
                if found is None:
                    raise DragomanError(
                        Kind.INVALID_REQUEST, "There is no item with this id in the conversation.", path="after"
                    )
                (begin,) = found
            query = self._queries["read_page_upwards" if page.is_upwards else "read_page_downwards"]
            return [Item(*row) for row in connection.execute(query, (conversation_id, begin, page.limit + 1))]

    def read_item(self, conversation_id: str, principal: str, item_id: str) -> Item | None:
        """One thing that was said."""
        with self._file.use() as connection:
            if connection is None or self._read(connection, conversation_id, principal) is None:
                return None
            row = connection.execute(self._queries["read_item"], (conversation_id, item_id)).fetchone()
            return None if row is None else Item(*row)

    def change_metadata(
        self, conversation_id: str, principal: str, metadata: bytes, now_ms: int
    ) -> Conversation | None:
        """Put other metadata in the place of what there is."""
        with self._file.use() as connection:
            found = None if connection is None else self._read(connection, conversation_id, principal)
            if connection is None or found is None:
                return None
            grown = len(metadata) - len(found.metadata)
            with transaction(connection):
                connection.execute(self._queries["change_metadata"], (metadata, grown, now_ms, conversation_id))
            self._bytes += grown
            empty_log(connection)
            return found._replace(metadata=metadata)

    def remove_item(self, conversation_id: str, principal: str, item_id: str) -> bool:
        """Remove one thing that was said; whether it was there."""
        with self._file.use() as connection:
            if connection is None or self._read(connection, conversation_id, principal) is None:
                return False
            with transaction(connection):
                row = connection.execute(self._queries["remove_item"], (conversation_id, item_id)).fetchone()
                if row is None:
                    return False
                connection.execute(self._queries["shrink"], (row[0], conversation_id))
            self._bytes -= row[0]
            empty_log(connection)
            return True

    def remove(self, conversation_id: str, principal: str) -> bool:
        """Remove a conversation with all that was said; whether it was there."""
        return bool(self._forget("find_conversation", (conversation_id, principal)))

    def forget_before(self, before_ms: int) -> int:
        """Remove the conversations that nobody has used since; how many there were."""
        return self._forget("find_old", (before_ms, FORGET_AT_ONCE))

    def close(self) -> None:
        """Give the file back; a later use opens it again."""
        self._file.close()

    def _note_open(self, connection: sqlite3.Connection) -> None:
        (self._bytes,) = connection.execute(self._queries["sum_bytes"]).fetchone()

    def _read(self, connection: sqlite3.Connection, conversation_id: str, principal: str) -> Conversation | None:
        row = connection.execute(self._queries["read_conversation"], (conversation_id, principal)).fetchone()
        return None if row is None else Conversation(*row)

    def _insert(
        self,
        connection: sqlite3.Connection,
        conversation_id: str,
        items: Iterable[Item],
        room: tuple[int, int],
        now_ms: int,
    ) -> int:
        """The items at the end of their conversation; how many bytes they take. An id that is taken gets a number."""
        size, position = room
        added = 0
        for item in items:
            taken = connection.execute(self._queries["find_item"], (conversation_id, item.id)).fetchone()
            id = item.id if taken is None else f"{item.id}_{position}"
            row = (conversation_id, position, id, item.response, item.body)
            connection.execute(self._queries["insert_item"], row)
            added += len(id) + len(item.body)
            position += 1
        if size + added > MAX_BYTES or position > MAX_ITEMS:
            raise too_long()
        connection.execute(self._queries["note_use"], (now_ms, added, position, conversation_id))
        return added

    def _limit_principal(self, connection: sqlite3.Connection, principal: str) -> None:
        (count,) = connection.execute(self._queries["count_of_principal"], (principal,)).fetchone()
        if count >= MAX_EACH:
            self._forget("find_oldest_of_principal", (principal,))

    def _make_room(self) -> None:
        while self._bytes > self.max_bytes:
            if not self._forget("find_oldest", ()):
                return

    def _forget(self, find: str, asked: tuple[object, ...]) -> int:
        """Remove whole conversations, as a query finds them."""
        with self._file.use() as connection:
            if connection is None:
                return 0
            with transaction(connection):
                found = connection.execute(self._queries[find], asked).fetchall()
                for conversation_id, size in found:
                    connection.execute(self._queries["remove_items"], (conversation_id,))
                    connection.execute(self._queries["remove_conversation"], (conversation_id,))
                    self._bytes -= size
            if found:
                empty_log(connection)
            return len(found)


def too_long() -> DragomanError:
    """More than one conversation may hold."""
    return DragomanError(
        Kind.CONTEXT_LENGTH,
        f"A conversation holds {MAX_ITEMS} items and {MAX_BYTES // (1024 * 1024)} MiB at most; begin a new one.",
        path="conversation",
    )

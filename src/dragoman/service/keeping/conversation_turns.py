"""Responses as turns of a conversation: what was said before is put in front of a request, what it came to is added.

A conversation is at one turn at a time; who comes meanwhile is sent away, as OpenAI does.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dragoman.dialects.base import WireReply
from dragoman.dialects.openai_responses import conversations as wire
from dragoman.dialects.openai_responses import stored
from dragoman.dialects.openai_responses.answers import AnswerMarker
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.conversation_archive import ConversationArchive
from dragoman.ledger.conversations import MAX_BYTES, MAX_ITEMS, Item, too_long
from dragoman.ledger.responses import KeptResponse
from dragoman.routing.target import HeaderPairs
from dragoman.service.exchange import Inbound, ReplySink
from dragoman.service.keeping.conversations import ConversationsService
from dragoman.service.sinks import PassingSink
from dragoman.wire.json_document import JsonDocument, encode_json

ROOM_BYTES = 256 * 1024
ROOM_ITEMS = 64
"""What a conversation must have left for a turn: one that does not fit would be answered and lost."""

COMING_TO_AN_END = frozenset({"completed", "incomplete"})


class Turn:
    """One response's turn. `items` is the JSON array of what its request brought. It is over when `release` was called
    once more often than `hold`, whatever became of it."""

    def __init__(self, turns: ConversationTurns, id: str, principal: str, items: bytes) -> None:
        self.id = id
        self.items = items
        self._turns = turns
        self._principal = principal
        self._holds = 1

    @property
    def changes(self) -> dict[str, bytes | None]:
        """What the answer says of the conversation."""
        return {"conversation": encode_json({"id": self.id})}

    def record(self, answer: bytes) -> None:
        """The answer has come to its end."""
        self._turns.record(self, self._principal, answer)

    def hold(self) -> None:
        """Somebody else works at it too."""
        self._holds += 1

    def release(self) -> None:
        """Nothing more comes from here; the next turn may come once nobody works at this one."""
        self._holds -= 1
        if not self._holds:
            self._turns.release(self.id, self._principal)


class ConversationTurns:
    """All turns that are under way."""

    def __init__(self, archive: ConversationArchive, service: ConversationsService) -> None:
        self._archive = archive
        self._service = service
        self._locked: set[tuple[str, str]] = set()  # by principal and name

    def __repr__(self) -> str:
        return f"<ConversationTurns: {len(self._locked)} under way>"

    @property
    def may_come(self) -> bool:
        """Whether there can be any conversation of ours."""
        return self._archive.may_hold

    async def recall(self, inbound: Inbound, id: str) -> tuple[Inbound, bytes]:
        """The request with what was said before in front of it, and the items that it brought itself."""
        found = await self._archive.read_items(id, inbound.principal)
        if found is None:
            raise wire.conversation_not_found(id)
        document = JsonDocument(inbound.body)
        items = stored.read_items(document)
        if (
            sum(item.size for item in found) + len(items) > MAX_BYTES - ROOM_BYTES
            or len(found) > MAX_ITEMS - ROOM_ITEMS
        ):
            raise too_long()
        changes = {"input": stored.join_arrays([join_items(found), items]), "conversation": None}
        return msgspec.structs.replace(inbound, body=document.patch(changes)), items

    async def begin(self, inbound: Inbound, id: str) -> tuple[Inbound, Turn]:
        """The same, and the turn that the request is."""
        if (inbound.principal, id) in self._locked:
            raise wire.conversation_locked()
        if not self._archive.has_room:
            message = "Too much of what was said waits to be kept."
            raise DragomanError(Kind.OVERLOADED, message, blame="gateway", retry_after_seconds=5.0)
        self._locked.add((inbound.principal, id))
        try:
            expanded, items = await self.recall(inbound, id)
        except BaseException:
            self.release(id, inbound.principal)
            raise
        return expanded, Turn(self, id, inbound.principal, items)

    async def read_before(self, response: KeptResponse) -> list[Item]:
        """What stood in the conversation of a response before it did; nothing if there is none, or not any more."""
        id = wire.read_conversation(JsonDocument(response.body)) if b'"conversation"' in response.body else None
        if id is None or not wire.is_own_id(id):
            return []
        return await self._archive.read_items(id, response.principal, response.id) or []

    def record(self, turn: Turn, principal: str, answer: bytes) -> None:
        """Add what a turn came to."""
        document = JsonDocument(answer)
        if document.read("status") not in COMING_TO_AN_END:
            return
        response = document.read("id")
        brought = self._service.name_items(filter(wire.is_kept_item, wire.split_items(turn.items)))
        items = [*brought, *_name_output(wire.split_items(document.fields.get("output", b"[]")))]
        self._archive.record(turn.id, principal, [item._replace(response=str(response)) for item in items])

    def release(self, id: str, principal: str) -> None:
        """The conversation is free again."""
        self._locked.discard((principal, id))


class TurnSink(PassingSink):
    """The way of an answer to its caller, past its turn."""

    def __init__(self, sink: ReplySink, turn: Turn) -> None:
        super().__init__(sink)
        self._turn = turn
        self._marker = AnswerMarker(turn.changes)

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None:
        if reply.status == 200:
            reply = msgspec.structs.replace(reply, body=self._marker.mark(reply.body))
            self._record()
        await self._sink.send_reply(reply, headers)

    async def send_chunk(self, chunk: bytes) -> None:
        await self._send(self._marker.feed(chunk))

    async def end_stream(self) -> None:
        await self._send(self._marker.finish())
        await self._sink.end_stream()

    async def _send(self, marked: bytes) -> None:
        self._record()
        if marked:
            await self._sink.send_chunk(marked)

    def _record(self) -> None:
        """Before the last byte goes, so that the client finds it there at once."""
        ending, self._marker.ending = self._marker.ending, None
        if ending is not None:
            self._turn.record(ending)


def join_items(items: Iterable[Item]) -> bytes:
    """Items as a JSON array."""
    return b"[%b]" % b",".join([item.body for item in items])


def _name_output(items: Iterable[bytes]) -> list[Item]:
    """Items of an answer have names already; those of some providers do not."""
    named = [(JsonDocument(raw).read("id"), raw) for raw in items]
    return [Item(id if type(id) is str and id else f"item_{index}", raw) for index, (id, raw) in enumerate(named)]

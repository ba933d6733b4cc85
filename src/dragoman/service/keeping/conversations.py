"""Conversations that callers hold by name: begun, asked for, changed and removed; and the turns that responses are in them.

A request that names one of ours gets all that was said before put in front of it, whoever answers; what it brought and
what was answered are added when the answer has come to its end, at once and in order. One that failed, or whose caller
has left, adds nothing: its caller tries again. Somebody else's conversation is not there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Never
from urllib.parse import parse_qsl

from dragoman.clock import IdSource
from dragoman.dialects.base import Operation, WireReply
from dragoman.dialects.openai_responses import conversations as wire
from dragoman.dialects.openai_responses import stored
from dragoman.errors import invalid
from dragoman.ledger.conversation_archive import ConversationArchive
from dragoman.ledger.conversations import Conversation, Item, Page
from dragoman.service.exchange import Generate, Inbound, ReplySink
from dragoman.wire.json_document import JsonDocument, decode_object, encode_json

MAX_QUERY_FIELDS = 64

Answer = Callable[[Inbound], Awaitable[bytes]]


class ConversationsService:
    """What can be asked of conversations. `advice` ends the refusals of one that keeps nothing new."""

    def __init__(self, archive: ConversationArchive, advice: str) -> None:
        self._archive = archive
        self._advice = advice
        self._ids = IdSource()
        self._verbs: dict[tuple[Operation, str], Answer] = {
            ("conversations", "POST"): self._open,
            ("conversation", "GET"): self._show,
            ("conversation", "POST"): self._change,
            ("conversation", "DELETE"): self._remove,
            ("conversation_items", "GET"): self._list_items,
            ("conversation_items", "POST"): self._add_items,
            ("conversation_item", "GET"): self._show_item,
            ("conversation_item", "DELETE"): self._remove_item,
        }

    @property
    def answers(self) -> dict[Operation, Generate]:
        """Who answers what."""
        return {operation: self._open_answer(operation) for operation, _ in self._verbs}

    def _open_answer(self, operation: Operation) -> Generate:
        async def answer(inbound: Inbound, sink: ReplySink) -> None:
            work = self._verbs[operation, inbound.method]
            await sink.send_reply(WireReply(200, await work(inbound)), ())

        return answer

    async def _open(self, inbound: Inbound) -> bytes:
        if not self._archive.keeps:
            raise wire.conversations_need_keeping(self._advice)
        document = JsonDocument(inbound.body or b"{}")
        metadata, items = wire.read_metadata(document), wire.read_new_items(document)
        id = self._ids.make(wire.ID_PREFIX)
        return _tell(await self._archive.open(id, inbound.principal, metadata, self.name_items(items)))

    async def _show(self, inbound: Inbound) -> bytes:
        id = self._read_id(inbound)
        return _tell(await self._archive.read(id, inbound.principal) or self._fail(id))

    async def _change(self, inbound: Inbound) -> bytes:
        id = self._read_id(inbound)
        metadata = wire.read_metadata(JsonDocument(inbound.body), is_required=True)
        return _tell(await self._archive.change_metadata(id, inbound.principal, metadata) or self._fail(id))

    async def _remove(self, inbound: Inbound) -> bytes:
        id = self._read_id(inbound)
        if not await self._archive.remove(id, inbound.principal):
            self._fail(id)
        return wire.emit_deletion(id)

    async def _list_items(self, inbound: Inbound) -> bytes:
        id = self._read_id(inbound)
        query, include = _read_query(inbound)
        page = Page(query.get("after") or None, stored.read_limit(query.get("limit", "")), stored.is_upwards(query))
        found = await self._archive.read_page(id, inbound.principal, page)
        if found is None:
            self._fail(id)
        return _tell_items(found[: page.limit], include, has_more=len(found) > page.limit)

    async def _add_items(self, inbound: Inbound) -> bytes:
        id = self._read_id(inbound)
        _, include = _read_query(inbound)
        items = self.name_items(wire.read_new_items(JsonDocument(inbound.body), is_required=True))
        if not await self._archive.append(id, inbound.principal, items):
            self._fail(id)
        return _tell_items(items, include, has_more=False)

    async def _show_item(self, inbound: Inbound) -> bytes:
        id, item_id = self._read_id(inbound), inbound.item.partition("/")[2]
        _, include = _read_query(inbound)
        if await self._archive.read(id, inbound.principal) is None:
            self._fail(id)
        found = await self._archive.read_item(id, inbound.principal, item_id)
        if found is None:
            raise wire.item_not_found(item_id, id)
        return encode_json(wire.show_kept_item(found.id, found.body, include))

    async def _remove_item(self, inbound: Inbound) -> bytes:
        id, item_id = self._read_id(inbound), inbound.item.partition("/")[2]
        conversation = await self._archive.read(id, inbound.principal) or self._fail(id)
        if not await self._archive.remove_item(id, inbound.principal, item_id):
            raise wire.item_not_found(item_id, id)
        return _tell(conversation)

    def name_items(self, items: Iterable[bytes]) -> list[Item]:
        """Items of a caller, each with an id that nobody else has."""
        stem = self._ids.make("")
        named = [(stored.prefix_of(decode_object(raw)), raw) for raw in items]
        return [Item(f"{prefix}_{stem}_{index}", raw) for index, (prefix, raw) in enumerate(named)]

    def _read_id(self, inbound: Inbound) -> str:
        id = inbound.item.partition("/")[0]
        return id if wire.is_own_id(id) else self._fail(id)

    def _fail(self, id: str) -> Never:
        raise wire.conversation_not_found(id, "" if self._archive.keeps else self._advice)


def _tell(conversation: Conversation) -> bytes:
    return wire.emit_conversation(conversation.id, conversation.created_ms, conversation.metadata)


def _tell_items(items: Iterable[Item], include: frozenset[str], *, has_more: bool) -> bytes:
    shown = [wire.show_kept_item(item.id, item.body, include) for item in items]
    return encode_json(wire.list_page(shown, has_more=has_more))


def _read_query(inbound: Inbound) -> tuple[dict[str, str], frozenset[str]]:
    """The query's fields, and what it wants to see besides."""
    try:
        pairs = parse_qsl(inbound.query.decode("latin-1"), max_num_fields=MAX_QUERY_FIELDS)
    except ValueError:
        raise invalid("The query has too many fields.") from None
    include = (value for name, value in pairs if name in {"include", "include[]"})
    return dict(pairs), frozenset(word for value in include for word in value.split(","))

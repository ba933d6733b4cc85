"""Responses that can be built on and asked for again, for clients of the Responses API, whoever answers them.

A request that continues a response of ours gets all that was said before put in front of it, and goes its way like any
other: to a provider of any dialect.
"""

from __future__ import annotations

from collections.abc import Awaitable
from urllib.parse import parse_qsl

import msgspec

from dragoman.clock import IdSource
from dragoman.dialects.base import Operation, WireReply
from dragoman.dialects.openai_responses import promises, stored
from dragoman.dialects.openai_responses.conversations import is_own_id as is_own_conversation
from dragoman.dialects.openai_responses.conversations import read_conversation, show_kept_item
from dragoman.dialects.openai_responses.references import find_references, put_referred
from dragoman.errors import DragomanError, invalid
from dragoman.ledger.archive import Archive
from dragoman.ledger.responses import KeptResponse
from dragoman.service.exchange import Generate, Inbound, ReplySink
from dragoman.service.keeping.background_responses import BackgroundResponses
from dragoman.service.keeping.conversation_turns import ConversationTurns, Turn, TurnSink, join_items
from dragoman.service.keeping.recording import ForgettingClient, Recalled, RecordingClient
from dragoman.wire.json_document import JsonDocument, encode_json

MAX_QUERY_FIELDS = 32
_OF_MEMORY = frozenset({"previous_response_id", "conversation", "background"})
"""Fields of requests that the gateway itself may have to do something about."""
_REFERENCE = b'"item_reference"'
NOTHING_MORE: frozenset[str] = frozenset()
ADVICE = " This gateway keeps no responses; its setting `responses.keep` switches that on."


class ResponsesService:
    """Stands before the services that answer (`generate`) and count (`count`)."""

    def __init__(
        self,
        archive: Archive,
        generate: Generate,
        count: Generate,
        background: BackgroundResponses | None = None,
        turns: ConversationTurns | None = None,
    ) -> None:
        self._archive = archive
        self._background = background
        self._turns = turns
        self._generate = generate
        self._count = count
        self._ids = IdSource()

    @property
    def answers(self) -> dict[Operation, Generate]:
        """Who answers what."""
        return {
            "generate": self.generate,
            "count_tokens": self.count,
            "response": self.answer_response,
            "response_input_items": self.answer_input_items,
            "response_cancel": self.answer_cancel,
        }

    def generate(self, inbound: Inbound, sink: ReplySink) -> Awaitable[None]:
        """Answer one request into `sink`."""
        try:
            document = JsonDocument(inbound.body)
        except DragomanError:
            return self._generate(inbound, sink)  # who answers opens it again, and says what is wrong with it
        if self._archive.keeps or inbound.body.find(_REFERENCE) >= 0 or not _OF_MEMORY.isdisjoint(document.fields):
            return self._respond(inbound, sink)
        return self._generate(msgspec.structs.replace(inbound, client=ForgettingClient(document)), sink)

    async def answer_response(self, inbound: Inbound, sink: ReplySink) -> None:
        """`GET` and `DELETE` of one response."""
        if inbound.method == "DELETE":
            if not (_is_ours(inbound) and await self._archive.remove(inbound.item, inbound.principal)):
                raise self._unknown(inbound)
            body = encode_json(stored.emit_deletion(inbound.item))
        else:
            if _read_query(inbound).get("stream") == "true":
                raise invalid("A finished response is not streamed again; ask for it without this.", "stream")
            body = self._show(await self._read(inbound))
        await sink.send_reply(WireReply(200, body), ())

    async def answer_input_items(self, inbound: Inbound, sink: ReplySink) -> None:
        """Page by page, all that the model was given."""
        found = await self._archive.read_conversation(inbound.item, inbound.principal) if _is_ours(inbound) else None
        if not found:
            found = [await self._read(inbound)]  # an earlier one was removed: what is left of it
        before = await self._turns.read_before(found[0]) if self._turns is not None else []
        items = [show_kept_item(item.id, item.body, NOTHING_MORE) for item in before]
        items += stored.list_items([(turn.id, turn.items, turn.body) for turn in found])
        await sink.send_reply(WireReply(200, encode_json(stored.select_page(items, _read_query(inbound)))), ())

    async def answer_cancel(self, inbound: Inbound, sink: ReplySink) -> None:
        """Only what runs in the background can be cancelled."""
        kept = await self._read(inbound)
        if self._background is None:
            raise stored.not_cancellable()
        await sink.send_reply(WireReply(200, await self._background.cancel(kept)), ())

    async def _respond(self, inbound: Inbound, sink: ReplySink) -> None:
        inbound, turn = await self._take_turn(inbound)
        try:
            if turn is not None:
                await self._answer(inbound, TurnSink(sink, turn), Recalled(None, turn.items, turn.id), turn)
                return
            inbound, recalled = await self._recall(inbound)
            await self._answer(inbound, sink, recalled)
        finally:
            if turn is not None:
                turn.release()

    async def _answer(
        self, inbound: Inbound, sink: ReplySink, recalled: Recalled | None, turn: Turn | None = None
    ) -> None:
        archive, principal = self._archive, inbound.principal
        new_id = self._ids.make(stored.ID_PREFIX) if archive.has_room else None
        previous_id = recalled.previous_id if recalled else None
        if b'"background"' in inbound.body and JsonDocument(inbound.body).read("background") is True:
            if self._background is None or new_id is None:
                raise stored.background_needs_keeping(self._advice)
            items = recalled.items if recalled else stored.read_items(JsonDocument(inbound.body))
            promise = KeptResponse(new_id, principal, previous_id, items, b"")
            await sink.send_reply(self._background.begin(inbound, promise, turn), ())
            return

        def record(items: bytes, body: bytes) -> None:
            archive.record(KeptResponse(new_id or "", principal, previous_id, items, body))

        client = RecordingClient(inbound.client, new_id, record, recalled, self._advice)
        await self._generate(msgspec.structs.replace(inbound, client=client), sink)

    async def count(self, inbound: Inbound, sink: ReplySink) -> None:
        """Count what one request has, with all that it continues."""
        id = self._find_conversation(inbound)
        if id is not None and self._turns is not None:
            inbound, _ = await self._turns.recall(inbound, id)
        else:
            inbound, _ = await self._recall(inbound)
        await self._count(inbound, sink)

    async def _take_turn(self, inbound: Inbound) -> tuple[Inbound, Turn | None]:
        """The turn of a conversation of ours that the request is, and the request with what was said before."""
        id = self._find_conversation(inbound)
        if id is None or self._turns is None:
            return inbound, None
        if _REFERENCE in inbound.body:
            inbound = await self._resolve(inbound)
        return await self._turns.begin(inbound, id)

    def _find_conversation(self, inbound: Inbound) -> str | None:
        if self._turns is None or not self._turns.may_come or b'"conversation"' not in inbound.body:
            return None
        id = read_conversation(JsonDocument(inbound.body))
        return id if id is not None and is_own_conversation(id) else None

    async def _recall(self, inbound: Inbound) -> tuple[Inbound, Recalled | None]:
        """The request with what it continues, if that is a response of ours, and with the items that it refers to."""
        if _REFERENCE in inbound.body:
            inbound = await self._resolve(inbound)
        if not _may_continue(inbound):
            return inbound, None
        document = JsonDocument(inbound.body)
        previous = document.read("previous_response_id")
        if type(previous) is not str or not stored.is_own_id(previous):
            return inbound, None
        found = await self._archive.read_conversation(previous, inbound.principal)
        if found is None:
            raise stored.previous_not_found(previous, self._advice)
        if promises.is_promise(self._show(found[-1])):
            raise stored.previous_in_progress(previous)
        before = await self._turns.read_before(found[0]) if self._turns is not None else []
        turns = [(turn.items, turn.body) for turn in found]
        body = stored.expand_request(document, turns, join_items(before))
        return msgspec.structs.replace(inbound, body=body), Recalled(previous, stored.read_items(document))

    async def _resolve(self, inbound: Inbound) -> Inbound:
        document = JsonDocument(inbound.body)
        found = {id: await self._archive.read(id, inbound.principal) for id in find_references(document)}
        bodies = {id: kept.body for id, kept in found.items() if kept is not None}
        return msgspec.structs.replace(inbound, body=put_referred(document, bodies)) if bodies else inbound

    def _show(self, kept: KeptResponse) -> bytes:
        return kept.body if self._background is None else self._background.show(kept)

    async def _read(self, inbound: Inbound) -> KeptResponse:
        found = await self._archive.read(inbound.item, inbound.principal) if _is_ours(inbound) else None
        if found is None:
            raise self._unknown(inbound)
        return found

    def _unknown(self, inbound: Inbound) -> DragomanError:
        return stored.response_not_found(inbound.item, self._advice)

    @property
    def _advice(self) -> str:
        return "" if self._archive.keeps else ADVICE


def _may_continue(inbound: Inbound) -> bool:
    """A look that costs next to nothing; an id with escapes in its name is nobody's."""
    return b'"previous_response_id"' in inbound.body


def _is_ours(inbound: Inbound) -> bool:
    return stored.is_own_id(inbound.item)


def _read_query(inbound: Inbound) -> dict[str, str]:
    try:
        return dict(parse_qsl(inbound.query.decode("latin-1"), max_num_fields=MAX_QUERY_FIELDS))
    except ValueError:
        raise invalid("The query has too many fields.") from None

"""Conversations beside the traffic. What was handed in before an answer's last byte went out is found by whoever asks for
it next: one thread does all of it, in the order in which it was asked for."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from dragoman.clock import Clock
from dragoman.config.sections.responses import ResponsesSettings
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.archive import DAY_MS, MIB
from dragoman.ledger.conversations import Conversation, ConversationStore, Item, Page
from dragoman.ledger.side_thread import SideThread

_log = logging.getLogger(__name__)


class ConversationArchive:
    """`keeps` says whether new conversations are taken; what is there can be read, continued and removed anyhow. Where
    none can be, `may_hold` is False, so that nobody looks for any."""

    def __init__(self, store: ConversationStore, clock: Clock, settings: ResponsesSettings) -> None:
        self._store = store
        self._clock = clock
        self._thread = SideThread("conversations", "conversations")
        self.change(settings)

    def __repr__(self) -> str:
        return f"<ConversationArchive {'on' if self.keeps else 'off'}, {self._thread.waiting_bytes} bytes wait>"

    @property
    def has_room(self) -> bool:
        """Whether what is said now will be kept."""
        return self._thread.has_room

    def change(self, settings: ResponsesSettings) -> None:
        """Other settings, from now on."""
        self.keeps = settings.keep
        self._days = settings.days
        self._store.max_bytes = settings.max_mib * MIB
        self.may_hold = self.keeps or self._store.exists

    async def open(self, conversation_id: str, principal: str, metadata: bytes, items: Sequence[Item]) -> Conversation:
        """Begin one; it is in the file when this returns."""
        conversation = Conversation(conversation_id, principal, self._now_ms(), metadata)
        await self._thread.ask(lambda: self._store.open(conversation, items))
        return conversation

    async def append(self, conversation_id: str, principal: str, items: Sequence[Item]) -> bool:
        """Add what a caller hands in; whether the conversation was there."""
        now_ms = self._now_ms()
        return await self._thread.ask(lambda: self._store.append(conversation_id, principal, items, now_ms))

    def record(self, conversation_id: str, principal: str, items: Sequence[Item]) -> None:
        """Hand in what came with a response. Nobody is there any more who could be told that it does not fit."""
        now_ms = self._now_ms()

        def work() -> None:
            try:
                self._store.append(conversation_id, principal, items, now_ms)
            except DragomanError as error:
                if error.kind is not Kind.CONTEXT_LENGTH:
                    raise
                _log.warning("what was said in %s is not kept: %s", conversation_id, error.message)

        self._thread.hand_in(work, sum(item.size for item in items))

    async def read(self, conversation_id: str, principal: str) -> Conversation | None:
        """One conversation."""
        return await self._thread.ask(lambda: self._store.read(conversation_id, principal))

    async def read_items(self, conversation_id: str, principal: str, before: str = "") -> list[Item] | None:
        """All that was said, up to what came with the response `before`."""
        return await self._thread.ask(lambda: self._store.read_items(conversation_id, principal, before))

    async def read_page(self, conversation_id: str, principal: str, page: Page) -> list[Item] | None:
        """Some of what was said."""
        return await self._thread.ask(lambda: self._store.read_page(conversation_id, principal, page))

    async def read_item(self, conversation_id: str, principal: str, item_id: str) -> Item | None:
        """One thing that was said."""
        return await self._thread.ask(lambda: self._store.read_item(conversation_id, principal, item_id))

    async def change_metadata(self, conversation_id: str, principal: str, metadata: bytes) -> Conversation | None:
        """Other metadata, from now on."""
        now_ms = self._now_ms()
        return await self._thread.ask(lambda: self._store.change_metadata(conversation_id, principal, metadata, now_ms))

    async def remove_item(self, conversation_id: str, principal: str, item_id: str) -> bool:
        """Remove one thing that was said; whether it was there."""
        return await self._thread.ask(lambda: self._store.remove_item(conversation_id, principal, item_id))

    async def remove(self, conversation_id: str, principal: str) -> bool:
        """Remove a conversation with all that was said; whether it was there."""
        return await self._thread.ask(lambda: self._store.remove(conversation_id, principal))

    async def run(self) -> None:
        """Forget what is old, again and again, until cancelled."""
        await self._thread.tend(self._forget)

    async def aclose(self) -> None:
        """Write what still waits and let go of the file."""
        await self._thread.aclose(self._store.close)

    def _now_ms(self) -> int:
        return int(self._clock.unix() * 1000)

    def _forget(self) -> None:
        before_ms = self._now_ms() - self._days * DAY_MS
        while self._days and self._store.forget_before(before_ms):
            pass

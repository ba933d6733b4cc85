"""Turns of a conversation: one at a time, added when they have come to their end, and not at all when they failed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.responses import ResponsesSettings
from dragoman.errors import DragomanError
from dragoman.ledger import side_thread
from dragoman.ledger.archive import Archive
from dragoman.ledger.conversation_archive import ConversationArchive
from dragoman.ledger.conversations import ConversationStore, Item
from dragoman.ledger.responses import KeptResponse, ResponseStore
from dragoman.service.background import Background
from dragoman.service.count_tokens import CountTokensService
from dragoman.service.exchange import Inbound
from dragoman.service.keeping import conversation_turns
from dragoman.service.keeping.background_responses import BackgroundResponses
from dragoman.service.keeping.conversation_turns import ConversationTurns
from dragoman.service.keeping.conversations import ConversationsService
from dragoman.service.keeping.responses import ResponsesService
from dragoman.upstream.scripted import Script
from tests.unit.service.desk import CHAT_STREAM, Desk, RecordingSink, client_side, error_script, run, streamed, whole

ON = ResponsesSettings(keep=True)
HI = Item("msg_1", b'{"role":"user","content":"Hi"}')
ID = "conv_dragoman_" + "0" * 24
LOCKED = "Another process is currently operating on this conversation"


class House:
    """All that answers a turn, before a provider that speaks chat; Ann has a conversation."""

    def __init__(self, folder: Path, *scripts: Script) -> None:
        self.desk = Desk(list(scripts))
        clock = FixedClock()
        self.work = Background()
        self.archive = Archive(ResponseStore(folder / "responses.sqlite"), clock, ON)
        self.conversations = ConversationArchive(ConversationStore(folder / "c.sqlite"), clock, ON)
        generate = self.desk.service.generate
        counting = CountTokensService(self.desk.transport, lambda: self.desk.board, clock)
        self.turns = ConversationTurns(self.conversations, ConversationsService(self.conversations, ""))
        background = BackgroundResponses(self.archive, generate, clock, self.work.start)
        self.service = ResponsesService(self.archive, generate, counting.count, background, self.turns)

    async def serve(self, **body: Any) -> RecordingSink:
        """One request of Ann's."""
        sink = RecordingSink()
        request = json.dumps({"model": "r", "input": "And?", "conversation": ID, **body}).encode()
        await self.service.generate(Inbound(client_side("openai_responses"), request, principal="ann"), sink)
        return sink

    async def told(self) -> list[Any]:
        """All that was said."""
        items = [json.loads(item.body) for item in await self.conversations.read_items(ID, "ann") or []]
        texts = [item["content"] for item in items]
        return [text if type(text) is str else text[0]["text"] for text in texts]


def in_house(folder: Path, work: Callable[[House], Awaitable[None]], *scripts: Script) -> None:
    async def live() -> None:
        house = House(folder, *scripts)
        await house.conversations.open(ID, "ann", b"{}", [HI])
        try:
            await work(house)
            assert repr(house.turns) == "<ConversationTurns: 0 under way>"
        finally:
            await house.work.aclose()
            await house.conversations.aclose()
            await house.archive.aclose()

    run(live())


def slow(gate: asyncio.Event) -> Script:
    """An answer that waits for leave."""
    return msgspec.structs.replace(whole(), before_head=(gate,))


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_turn_is_added_when_it_has_come_to_its_end(tmp_path: Path, is_stream: bool) -> None:
    async def work(house: House) -> None:
        sink = await house.serve(stream=is_stream)
        sent = json.loads(house.desk.transport.requests[0].body)["messages"]
        assert [message["content"] for message in sent] == ["Hi", "And?"]
        answer = b"".join(sink.chunks) if is_stream else sink.reply.body if sink.reply else b""
        assert answer.count(b'"conversation":{"id":"%b"}' % ID.encode()) == (3 if is_stream else 1)
        assert await house.told() == ["Hi", "And?", "Hello!"]

    in_house(tmp_path, work, streamed() if is_stream else whole())


def test_what_was_answered_is_there_before_its_last_byte_goes(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        noted: list[list[Any]] = []

        class Curious(RecordingSink):
            async def send_chunk(self, chunk: bytes) -> None:
                if b"response.completed" in chunk:
                    noted.append(await house.told())

        request = json.dumps({"model": "r", "input": "And?", "conversation": ID, "stream": True}).encode()
        inbound = Inbound(client_side("openai_responses"), request, principal="ann")
        await house.service.generate(inbound, Curious())
        assert noted == [["Hi", "And?", "Hello!"]]

    in_house(tmp_path, work, streamed())


def test_a_conversation_is_at_one_turn_at_a_time(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def work(house: House) -> None:
        first = asyncio.create_task(house.serve())
        while not house.desk.transport.requests:
            await asyncio.sleep(0)
        with pytest.raises(DragomanError, match=LOCKED) as refused:
            await house.serve()
        assert (refused.value.status, refused.value.code) == (400, "conversation_locked")
        gate.set()
        await first
        await house.serve()
        assert await house.told() == ["Hi", "And?", "Hello!", "And?", "Hello!"]

    in_house(tmp_path, work, slow(gate), whole())


def test_a_turn_in_the_background_holds_the_conversation_until_it_is_over(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def work(house: House) -> None:
        promise = (await house.serve(background=True)).json
        assert promise["conversation"] == {"id": ID}
        with pytest.raises(DragomanError, match=LOCKED):
            await house.serve()
        assert await house.told() == ["Hi"]
        gate.set()
        while house.work._tasks:
            await asyncio.wait(list(house.work._tasks))
        assert await house.told() == ["Hi", "And?", "Hello!"]
        kept = await house.archive.read(promise["id"], "ann")
        assert kept is not None
        assert json.loads(kept.body)["conversation"] == {"id": ID}

    in_house(tmp_path, work, slow(gate))


def test_a_turn_in_the_background_that_was_cancelled_adds_nothing(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        promise = (await house.serve(background=True)).json
        sink = RecordingSink()
        client = client_side("openai_responses")
        inbound = Inbound(client, b"", principal="ann", method="POST", item=promise["id"])
        await house.service.answers["response_cancel"](inbound, sink)
        assert sink.json["status"] == "cancelled"
        assert await house.told() == ["Hi"]

    in_house(tmp_path, work, slow(asyncio.Event()))


def test_a_turn_that_was_refused_adds_nothing(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        sink = await house.serve()
        assert sink.reply is not None
        assert sink.reply.status == 400
        await house.serve(background=True)
        while house.work._tasks:
            await asyncio.wait(list(house.work._tasks))
        assert await house.told() == ["Hi"]

    in_house(tmp_path, work, error_script(400), error_script(400))


def test_a_stream_that_broke_off_adds_nothing(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        sink = await house.serve(stream=True)
        assert b"response.failed" in sink.chunks[-1]
        assert await house.told() == ["Hi"]

    in_house(tmp_path, work, streamed(*CHAT_STREAM[:2]))


def test_a_turn_whose_caller_has_left_adds_nothing_and_the_next_may_come(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        task = asyncio.create_task(house.serve())
        while not house.desk.transport.requests:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await house.serve()
        assert await house.told() == ["Hi", "And?", "Hello!"]

    in_house(tmp_path, work, slow(asyncio.Event()), whole())


def test_what_would_not_be_kept_is_not_even_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(house: House) -> None:
        monkeypatch.setattr(side_thread, "MAX_WAITING_BYTES", 0)
        with pytest.raises(DragomanError, match="waits to be kept") as refused:
            await house.serve()
        assert (refused.value.status, house.desk.transport.requests) == (503, [])

    in_house(tmp_path, work, whole())


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_ITEMS"])
def test_a_turn_for_which_there_is_no_room_is_not_even_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    async def work(house: House) -> None:
        monkeypatch.setattr(conversation_turns, limit, conversation_turns.ROOM_BYTES if limit == "MAX_BYTES" else 64)
        with pytest.raises(DragomanError, match="begin a new one"):
            await house.serve()
        assert house.desk.transport.requests == []

    in_house(tmp_path, work, whole())


def test_a_conversation_that_is_not_there_is_not_held(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        for _ in range(2):
            with pytest.raises(DragomanError, match="not found"):
                await house.serve(conversation="conv_dragoman_" + "1" * 24)

    in_house(tmp_path, work)


def test_references_say_nothing_in_a_conversation_and_outputs_without_ids_get_some(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        asked = json.dumps(
            {"model": "r", "input": [{"type": "item_reference", "id": "x"}], "conversation": ID}
        ).encode()
        inbound = Inbound(client_side("openai_responses"), asked, principal="ann")
        _, turn = await house.turns.begin(inbound, ID)
        turn.record(b'{"id":"r","status":"completed","output":[{"role":"assistant","content":"Yes"}]}')
        turn.release()
        assert await house.told() == ["Hi", "Yes"]
        items = await house.conversations.read_items(ID, "ann")
        assert items is not None
        assert items[-1].id == "item_0"

    in_house(tmp_path, work)


def test_what_stood_before_a_response_is_known_by_the_response(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        made = (await house.serve()).json
        kept = await house.archive.read(made["id"], "ann")
        assert kept is not None
        assert await house.turns.read_before(kept) == [HI]
        elsewhere = KeptResponse("r", "ann", None, b"[]", b'{"conversation":{"id":"conv_theirs"}}')
        assert await house.turns.read_before(elsewhere) == []
        assert await house.turns.read_before(elsewhere._replace(body=b"{}")) == []

    in_house(tmp_path, work, whole())

"""What is asked of conversations: each verb on each path, and that nothing of somebody else is told."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.responses import ResponsesSettings
from dragoman.errors import DragomanError
from dragoman.ledger.conversation_archive import ConversationArchive
from dragoman.ledger.conversations import FILE_NAME, ConversationStore
from dragoman.service.exchange import Inbound
from dragoman.service.keeping.conversations import ConversationsService
from tests.unit.service.desk import RecordingSink, client_side, run

HI = {"role": "user", "content": "Hi"}
UNKNOWN = "conv_dragoman_" + "0" * 24


class House:
    """The service with an archive."""

    def __init__(self, folder: Path, *, keep: bool = True) -> None:
        self.archive = ConversationArchive(
            ConversationStore(folder / FILE_NAME), FixedClock(), ResponsesSettings(keep=keep)
        )
        self.service = ConversationsService(self.archive, " Advice.")

    async def ask(self, operation: Any, item: str = "", body: Any = None, method: str = "GET", **more: Any) -> Any:
        """Ask something; the answer."""
        raw = b"" if body is None else json.dumps(body).encode()
        client = client_side("openai_responses")
        sink = RecordingSink()
        inbound = Inbound(client, raw, method=method, item=item, **{"principal": "ann"} | more)
        await self.service.answers[operation](inbound, sink)
        return sink.json

    async def open(self, **body: Any) -> str:
        return str((await self.ask("conversations", body=body, method="POST"))["id"])


def in_house(folder: Path, work: Callable[[House], Awaitable[None]], **settings: Any) -> None:
    async def live() -> None:
        house = House(folder, **settings)
        try:
            await work(house)
        finally:
            await house.archive.aclose()

    run(live())


def test_a_conversation_may_be_begun_with_nothing_at_all(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        made = await house.ask("conversations", method="POST")
        assert made["metadata"] == {}
        assert await house.ask("conversation", made["id"]) == made

    in_house(tmp_path, work)


def test_items_get_ids_of_their_kind_that_are_unique(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        id = await house.open(items=[HI])
        call = {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"}
        added = await house.ask("conversation_items", id, {"items": [HI, call, {"type": "new"}]}, "POST")
        ids = [item["id"] for item in added["data"]]
        assert [item.partition("_")[0] for item in ids] == ["msg", "fc", "item"]
        listed = await house.ask("conversation_items", id, query=b"order=asc&limit=3")
        assert [item["id"] for item in listed["data"]][1:] == ids[:2]
        assert (listed["has_more"], len({item["id"] for item in listed["data"]})) == (True, 3)

    in_house(tmp_path, work)


def test_what_is_included_is_asked_for_in_any_form(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        thought = {"type": "reasoning", "summary": [], "encrypted_content": "x"}
        id = await house.open(items=[thought])
        name = b"reasoning.encrypted_content"
        (item,) = (await house.ask("conversation_items", id))["data"]
        for query in (b"include=" + name, b"include[]=a&include[]=" + name, b"include=a," + name):
            listed = await house.ask("conversation_items", id, query=query)
            shown = await house.ask("conversation_item", f"{id}/{item['id']}", query=query)
            assert listed["data"] == [shown] == [item | {"encrypted_content": "x"}]
        assert "encrypted_content" not in await house.ask("conversation_item", f"{id}/{item['id']}")

    in_house(tmp_path, work)


@pytest.mark.parametrize(
    ("asked", "method", "body"),
    [
        ("conversation", "GET", None),
        ("conversation", "POST", {"metadata": {}}),
        ("conversation", "DELETE", None),
        ("conversation_items", "GET", None),
        ("conversation_items", "POST", {"items": [HI]}),
        ("conversation_item/msg_1", "GET", None),
        ("conversation_item/msg_1", "DELETE", None),
    ],
)
@pytest.mark.parametrize("whose", ["nobody's", "bob's", "foreign"])
def test_what_is_not_ones_own_is_not_there(tmp_path: Path, asked: str, method: str, body: Any, whose: str) -> None:
    operation, slash, rest = asked.partition("/")

    async def work(house: House) -> None:
        made = (await house.ask("conversations", method="POST", principal="bob"))["id"]
        id = {"nobody's": UNKNOWN, "bob's": made, "foreign": "conv_1"}[whose]
        with pytest.raises(DragomanError, match=f"Conversation with id '{id}' not found") as refused:
            await house.ask(operation, id + slash + rest, body, method)
        assert refused.value.status == 404

    in_house(tmp_path, work)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_item_that_is_not_there_is_told_from_a_conversation(tmp_path: Path, method: str) -> None:
    async def work(house: House) -> None:
        id = await house.open()
        with pytest.raises(DragomanError, match=f"Item with id 'msg_1' not found in conversation '{id}'"):
            await house.ask("conversation_item", f"{id}/msg_1", None, method)

    in_house(tmp_path, work)


def test_where_nothing_is_kept_what_is_there_can_still_be_read_and_removed(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        id = await house.open(items=[HI])
        house.archive.change(ResponsesSettings(keep=False))
        with pytest.raises(DragomanError, match=r"need to be kept\. Advice\."):
            await house.open()
        assert len((await house.ask("conversation_items", id))["data"]) == 1
        assert (await house.ask("conversation", id, method="DELETE"))["deleted"] is True
        with pytest.raises(DragomanError, match=r"not found\. Advice\."):
            await house.ask("conversation", id)

    in_house(tmp_path, work)


@pytest.mark.parametrize("query", [b"limit=0", b"limit=101", b"order=up", b"&".join([b"a=b"] * 65)])
def test_an_odd_query_is_refused(tmp_path: Path, query: bytes) -> None:
    async def work(house: House) -> None:
        id = await house.open()
        with pytest.raises(DragomanError):
            await house.ask("conversation_items", id, query=query)

    in_house(tmp_path, work)

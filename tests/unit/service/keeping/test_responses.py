"""Responses that are built on: who passes by, what is recalled, and what is answered about what is kept."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.responses import ResponsesSettings
from dragoman.errors import DragomanError
from dragoman.ledger.archive import Archive
from dragoman.ledger.responses import KeptResponse, ResponseStore
from dragoman.service.count_tokens import CountTokensService
from dragoman.service.exchange import Inbound, ReplySink
from dragoman.service.keeping.responses import ResponsesService
from tests.unit.service.desk import (
    Desk,
    RecordingSink,
    client_side,
    make_provider,
    make_switchboard,
    run,
    streamed,
    whole,
)

OURS = "resp_dragoman_" + "0" * 24
KEPT = KeptResponse(OURS, "ann", None, b'[{"role":"user","content":"I am Ada."}]', b'{"id":"x","output":[]}')


class House:
    """The service with an archive, before a provider that speaks chat."""

    def __init__(self, folder: Path, *, keep: bool = True, is_stream: bool = False) -> None:
        self.desk = Desk([streamed() if is_stream else whole() for _ in range(9)])
        clock = FixedClock()
        store = ResponseStore(folder / "responses.sqlite")
        self.archive = Archive(store, clock, ResponsesSettings(keep=keep))
        counting = CountTokensService(self.desk.transport, lambda: self.desk.board, clock)
        self.service = ResponsesService(self.archive, self.desk.service.generate, counting.count)

    async def ask(self, body: dict[str, Any], principal: str = "ann") -> Any:
        """Answer one request of the Responses API; the answer."""
        return (await self.serve(self.service.generate, body, principal)).json

    async def serve(
        self, answer: Callable[[Inbound, ReplySink], Awaitable[None]], body: dict[str, Any], principal: str = "ann"
    ) -> RecordingSink:
        sink = RecordingSink()
        request = json.dumps({"model": "r"} | body).encode()
        await answer(Inbound(client_side("openai_responses"), request, principal=principal), sink)
        return sink

    async def look(self, operation: Any, id: str, method: str = "GET", query: bytes = b"") -> Any:
        """Ask something of a kept response, as Ann."""
        sink = RecordingSink()
        client = client_side("openai_responses")
        inbound = Inbound(client, b"", principal="ann", method=method, item=id, query=query)
        await self.service.answers[operation](inbound, sink)
        return sink.json

    def sent(self, number: int) -> list[Any]:
        messages: list[Any] = json.loads(self.desk.transport.requests[number].body)["messages"]
        return [(message["role"], message["content"]) for message in messages]


def in_house(folder: Path, work: Callable[[House], Awaitable[Any]], **settings: Any) -> Any:
    async def live() -> Any:
        house = House(folder, **settings)
        try:
            return await work(house)
        finally:
            await house.archive.aclose()

    return run(live())


def test_a_conversation_is_told_from_its_beginning(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        previous = None
        for number, text in enumerate(("One", "Two", "Three")):
            answer = await house.ask({"input": text, "previous_response_id": previous})
            assert answer["previous_response_id"] == previous
            previous = answer["id"]
            assert house.sent(number)[-1] == ("user", text)
        said = ("assistant", "Hello!")
        assert house.sent(2) == [("user", "One"), said, ("user", "Two"), said, ("user", "Three")]

    in_house(tmp_path, work)


def test_a_response_can_be_continued_in_two_ways(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        first = (await house.ask({"input": "One"}))["id"]
        await house.ask({"input": "Left", "previous_response_id": first})
        await house.ask({"input": "Right", "previous_response_id": first})
        assert house.sent(2) == [("user", "One"), ("assistant", "Hello!"), ("user", "Right")]

    in_house(tmp_path, work)


def test_a_stream_is_kept_once_it_is_whole(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        sink = await house.serve(house.service.generate, {"input": "Hi", "stream": True})
        last = json.loads(b"".join(sink.chunks).split(b"data: ")[-1])
        assert await house.look("response", last["response"]["id"]) == last["response"]

    in_house(tmp_path, work, is_stream=True)


def test_every_response_has_an_id_of_its_own_though_the_provider_repeats_its_own(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        ids = {(await house.ask({"input": "Hi"}))["id"] for _ in range(3)}
        assert len(ids) == 3

    in_house(tmp_path, work)


@pytest.mark.parametrize("principal", ["bob", "ann"])
def test_nobody_continues_what_is_not_there_for_him(tmp_path: Path, principal: str) -> None:
    async def work(house: House) -> None:
        if principal == "bob":
            house.archive.record(KEPT)
        with pytest.raises(DragomanError, match=r"not found\.$") as refused:
            await house.ask({"input": "Hi", "previous_response_id": OURS}, principal)
        assert refused.value.code == "previous_response_not_found"
        assert house.desk.transport.requests == []

    in_house(tmp_path, work)


def test_what_others_keep_is_asked_of_them_and_refused_in_known_words(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        answer = await house.ask({"input": "Hi", "previous_response_id": "resp_theirs"})
        assert answer["error"]["code"] == "previous_response_not_found"
        assert len(house.desk.settled) == 1

    in_house(tmp_path, work)


def test_where_nothing_is_kept_the_setting_is_named(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        assert (await house.ask({"input": "Hi"}))["store"] is False
        answer = await house.ask({"input": "Hi", "previous_response_id": "resp_theirs"})
        assert "`responses.keep`" in answer["error"]["message"]
        with pytest.raises(DragomanError, match=r"`responses\.keep`"):
            await house.ask({"input": "Hi", "previous_response_id": OURS})
        with pytest.raises(DragomanError, match=r"`responses\.keep`"):
            await house.look("response", OURS)
        assert not list(tmp_path.iterdir())

    in_house(tmp_path, work, keep=False)


def test_a_body_that_nobody_can_read_is_refused_by_who_answers(tmp_path: Path) -> None:
    async def ask(house: House) -> Any:
        sink = RecordingSink()
        await house.service.generate(Inbound(client_side("openai_responses"), b"{", principal="ann"), sink)
        return sink.json

    assert in_house(tmp_path, ask, keep=False)["error"]["type"] == "invalid_request_error"


def test_a_kept_response_is_read_listed_and_removed(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        house.archive.record(KEPT)
        assert await house.look("response", OURS) == {"id": "x", "output": []}
        page = await house.look("response_input_items", OURS, query=b"limit=1&order=asc")
        assert [item["role"] for item in page["data"]] == ["user"]
        with pytest.raises(DragomanError, match="Cannot cancel"):
            await house.look("response_cancel", OURS, "POST")
        assert (await house.look("response", OURS, "DELETE"))["deleted"] is True
        for operation, method in (("response", "GET"), ("response", "DELETE"), ("response_input_items", "GET")):
            with pytest.raises(DragomanError, match="not found") as refused:
                await house.look(operation, OURS, method)
            assert refused.value.status == 404

    in_house(tmp_path, work)


def test_the_items_of_a_response_whose_beginning_was_removed_are_what_is_left(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        house.archive.record(KEPT._replace(previous_id="resp_gone"))
        assert len((await house.look("response_input_items", OURS))["data"]) == 1

    in_house(tmp_path, work)


def test_a_finished_response_is_not_streamed_again(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        house.archive.record(KEPT)
        with pytest.raises(DragomanError, match="not streamed again"):
            await house.look("response", OURS, query=b"stream=true")
        with pytest.raises(DragomanError, match="too many fields"):
            await house.look("response", OURS, query=b"a=1&" * 40)

    in_house(tmp_path, work)


def test_what_is_continued_is_counted_too(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        house.archive.record(KEPT)
        alone = (await house.serve(house.service.count, {"input": "Hi"})).json["input_tokens"]
        both = (await house.serve(house.service.count, {"input": "Hi", "previous_response_id": OURS})).json
        assert both["input_tokens"] > alone

    in_house(tmp_path, work)


def test_a_provider_of_the_same_dialect_gets_the_clients_own_bytes(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        house.desk.board = make_switchboard(make_provider("a", "openai_responses"))
        body = {"input": "Hi", "previous_response_id": "resp_theirs", "store": True}
        await house.serve(house.service.generate, body)
        assert json.loads(house.desk.transport.requests[0].body) == {"model": "m"} | body
        assert not list(tmp_path.iterdir())

    in_house(tmp_path, work)


@pytest.mark.parametrize("principal", ["ann", "bob"])
def test_an_item_that_is_only_named_is_looked_up_for_whom_it_belongs_to(tmp_path: Path, principal: str) -> None:
    async def work(house: House) -> None:
        (item,) = (await house.ask({"input": "One"}))["output"]
        named = {"type": "item_reference", "id": item["id"]}
        given = [{"role": "user", "content": "One"}, named, {"role": "user", "content": "Two"}]
        await house.ask({"input": given}, principal)
        assert (("assistant", "Hello!") in house.sent(1)) is (principal == "ann")

    in_house(tmp_path, work)

"""A response in background mode is promised at once, answered by itself, and can be cancelled."""

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
from dragoman.ledger.archive import Archive
from dragoman.ledger.responses import ResponseStore
from dragoman.service.background import Background
from dragoman.service.count_tokens import CountTokensService
from dragoman.service.exchange import Inbound
from dragoman.service.keeping import background_responses
from dragoman.service.keeping.background_responses import BackgroundResponses
from dragoman.service.keeping.responses import ResponsesService
from dragoman.upstream.scripted import Script
from tests.unit.service.desk import Desk, RecordingSink, client_side, error_script, run, whole


class House:
    """The service with an archive and a background, before a provider that speaks chat."""

    def __init__(self, folder: Path, *scripts: Script, keep: bool = True) -> None:
        self.desk = Desk(list(scripts))
        clock = FixedClock()
        self.work = Background()
        self.archive = Archive(ResponseStore(folder / "responses.sqlite"), clock, ResponsesSettings(keep=keep))
        self.generate = self.desk.service.generate
        counting = CountTokensService(self.desk.transport, lambda: self.desk.board, clock)
        background = BackgroundResponses(self.archive, self.generate, clock, self.work.start)
        self.service = ResponsesService(self.archive, self.generate, counting.count, background)

    async def ask(self, **body: Any) -> Any:
        """One request; the answer."""
        sink = RecordingSink()
        request = json.dumps({"model": "r", "input": "Hi.", **body}).encode()
        await self.service.generate(Inbound(client_side("openai_responses"), request, principal="ann"), sink)
        return sink.json

    async def look(self, id: str, operation: Any = "response", principal: str = "ann") -> Any:
        """Ask for a response, or for its end."""
        sink = RecordingSink()
        method = "POST" if operation == "response_cancel" else "GET"
        inbound = Inbound(client_side("openai_responses"), b"", principal=principal, method=method, item=id)
        await self.service.answers[operation](inbound, sink)
        return sink.json

    async def settle(self) -> None:
        """Until nothing runs any more."""
        while self.work._tasks:
            await asyncio.wait(list(self.work._tasks))


def in_house(folder: Path, work: Callable[[House], Awaitable[None]], *scripts: Script, **settings: Any) -> None:
    async def live() -> None:
        house = House(folder, *scripts, **settings)
        try:
            await work(house)
        finally:
            await house.work.aclose()
            await house.archive.aclose()

    run(live())


def slow(gate: asyncio.Event) -> Script:
    """An answer that waits for leave."""
    return msgspec.structs.replace(whole(), before_head=(gate,))


def test_a_response_is_promised_and_then_there(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def work(house: House) -> None:
        promise = await house.ask(background=True, stream=True)
        assert (promise["status"], promise["background"], promise["output"]) == ("in_progress", True, [])
        assert (await house.look(promise["id"]))["status"] == "in_progress"
        gate.set()
        await house.settle()
        answer = await house.look(promise["id"])
        assert (answer["id"], answer["status"], answer["background"]) == (promise["id"], "completed", True)
        assert answer["output"][0]["content"][0]["text"] == "Hello!"
        with pytest.raises(DragomanError, match="not found"):
            await house.look(promise["id"], principal="bob")

    in_house(tmp_path, work, slow(gate))


def test_what_is_promised_can_be_continued_once_it_is_there(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def work(house: House) -> None:
        promise = await house.ask(background=True)
        with pytest.raises(DragomanError, match="still in progress"):
            await house.ask(previous_response_id=promise["id"])
        gate.set()
        await house.settle()
        await house.ask(previous_response_id=promise["id"], input="And then?")
        sent = json.loads(house.desk.transport.requests[1].body)["messages"]
        assert [message["content"] for message in sent] == ["Hi.", "Hello!", "And then?"]

    in_house(tmp_path, work, slow(gate), whole())


def test_a_failure_is_what_became_of_it(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        promise = await house.ask(background=True)
        await house.settle()
        answer = await house.look(promise["id"])
        assert answer["status"] == "failed"
        assert answer["error"]["message"]

    in_house(tmp_path, work, error_script(400))


def test_one_can_be_cancelled_while_it_runs_and_stays_cancelled(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        promise = await house.ask(background=True)
        await asyncio.sleep(0)
        for _ in range(2):
            assert (await house.look(promise["id"], "response_cancel"))["status"] == "cancelled"
        assert (await house.look(promise["id"]))["status"] == "cancelled"
        assert house.desk.settled[0].is_cancelled

    in_house(tmp_path, work, Script(before_head=(asyncio.Event(),)))


def test_one_that_ran_in_the_foreground_cannot_be_cancelled(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        answer = await house.ask()
        with pytest.raises(DragomanError, match="synchronous"):
            await house.look(answer["id"], "response_cancel")

    in_house(tmp_path, work, whole())


def test_a_promise_of_a_gateway_that_has_ended_was_broken(tmp_path: Path) -> None:
    promised: list[str] = []

    async def promise(house: House) -> None:
        promised.append((await house.ask(background=True))["id"])
        house.archive.replace = lambda response: None  # type: ignore[method-assign]  # killed before it could write

    async def look(house: House) -> None:
        answer = await house.look(promised[0])
        assert (answer["status"], answer["error"]["code"]) == ("failed", "server_error")

    in_house(tmp_path, promise, whole())
    in_house(tmp_path, look)


def test_where_nothing_is_kept_there_is_no_background(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        with pytest.raises(DragomanError, match="needs responses to be kept"):
            await house.ask(background=True)

    in_house(tmp_path, work, keep=False)


def test_there_are_so_many_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_responses, "MAX_RUNNING", 1)

    async def work(house: House) -> None:
        await house.ask(background=True)
        with pytest.raises(DragomanError, match="Too many"):
            await house.ask(background=True)

    in_house(tmp_path, work, whole())

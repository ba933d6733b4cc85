"""Streams that break off: every way × every position × every crossing. No client may take a part for the whole.

The judges are the official SDKs. A cell is silent when a client comes to an end without being told although the
provider had not said that it was finished.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.e2e.following import Follow, Followed, open_followers
from tests.e2e.gateway import House, running_house, wait_until
from tests.e2e.stories import Ask
from tests.faults.lateness import Watch
from tests.simulator import Fault, Record, Thinking, ToolCall, say
from tests.simulator.fault import Stop

ASK = Ask("Look at the sea.", tools=True, thinking=True, max_tokens=4000)
TEXT = "Hello there, wide world"
SAY = say(Thinking("hm hm", "c2ln"), TEXT, ToolCall("get_weather", '{"city":"Paris"}'))

CLIENTS = ("chat", "responses", "anthropic", "gemini")
PROVIDERS = ("chat", "responses", "anthropic", "gemini")
KINDS: tuple[Stop, ...] = ("rst", "fin", "eof")
FINISHED = {"chat": "finish", "responses": "response.completed", "anthropic": "message_stop", "gemini": "finish"}
"""The event with which a provider has said that its answer is whole."""

AT_ONCE = 12


class Cell(NamedTuple):
    client: str
    provider: str
    fault: Fault
    must_tell: bool

    @property
    def model(self) -> str:
        fault = self.fault
        return f"m-{self.client}-{fault.stop}-{fault.after_event}-{fault.at_byte}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("cuts")) as running:
        yield running
        running.check_quiet()


async def follow_all(house: House, cells: list[Cell]) -> list[tuple[Followed, Watch]]:
    """Each cell once, several at the same time, each of them watched."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def follow_one(follow: Follow, cell: Cell) -> tuple[Followed, Watch]:
        async with gate:
            with Watch(house.gateway) as watch:
                return await follow(ASK, f"{cell.provider}/{cell.model}"), watch

    async with open_followers(house.url) as followers:
        return await asyncio.gather(*[follow_one(followers[cell.client], cell) for cell in cells])


def list_cells(house: House, provider: str) -> list[Cell]:
    """Every cut of one provider's stream, seen by every client."""
    house.simulator.script(SAY)
    ((whole, _),) = asyncio.run(follow_all(house, [Cell("chat", provider, Fault(), must_tell=False)]))
    assert (whole.text, whole.trouble) == (TEXT, "")
    record = house.simulator.journal[-1]
    told = next(at for at, label in enumerate(record.events) if FINISHED[provider] in label)
    faults = [(Fault(stop=kind, after_event=at), at <= told) for kind in KINDS for at in range(len(record.events))]
    faults += [(Fault(stop="fin", at_byte=at), True) for at in range(1, record.bytes_out // 2, record.bytes_out // 12)]
    return [Cell(client, provider, fault, must_tell) for client in CLIENTS for fault, must_tell in faults]


def judge(cell: Cell, followed: Followed, record: Record, watch: Watch) -> str:
    """What is wrong with a cell; empty if nothing is."""
    if not followed.trouble:
        if cell.must_tell:
            return "silent"
        return "" if followed.text == TEXT else "a part of the text is missing"
    late = followed.ended - record.last_byte_out
    if record.last_byte_out and late > watch.most_late:
        return f"told {late:.2f} s after the cut"
    return "" if TEXT.startswith(followed.text) else "the text is not what was said"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_cut_is_silent_and_each_is_told_within_a_second(provider: str, house: House) -> None:
    house.simulator.reset()
    cells = list_cells(house, provider)
    house.simulator.reset()
    for cell in cells:
        house.simulator.script(SAY, fault=cell.fault, model=cell.model, times=None)
    followed = asyncio.run(follow_all(house, cells))
    asked = {cell.model for cell in cells}
    assert wait_until(lambda: asked <= {record.model for record in house.simulator.journal})
    last = {record.model: record for record in house.simulator.journal}
    verdicts = [
        (cell, judge(cell, seen, last[cell.model], watch), seen)
        for cell, (seen, watch) in zip(cells, followed, strict=True)
    ]
    assert [verdict for verdict in verdicts if verdict[1]] == []
    assert len(cells) > 60
    assert house.simulator.complaints == []

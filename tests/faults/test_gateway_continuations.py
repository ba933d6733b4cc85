"""Streams that break off amid their text, on routes where another goes on: one answer to the SDK, two legs in the ledger.

Judged by the makers' own SDKs, by the stream grammars, by what the second provider was asked, and by the ledger.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e import raw
from tests.e2e.following import Followed, open_followers
from tests.e2e.gateway import House, running_house
from tests.e2e.ledger import wait_for_rows
from tests.e2e.stories import Ask
from tests.grammars import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.simulator import Fault, say

ASK = Ask("Tell me everything.")
TEXT = "One thing after the other, as it came, and nothing but that."
REST = " That is all."
DIALECTS = ("chat", "responses", "anthropic", "gemini")
SPOKEN = {"chat": 4, "responses": 7, "anthropic": 5, "gemini": 2}
"""After so many events of a dialect some of the text has been said."""

FOLLOWERS = ("chat", "anthropic", "gemini", "bedrock")
ADDRESSES = {"chat": ("openai_chat", "/v1"), "anthropic": ("anthropic_messages", ""), "gemini": ("gemini_generate", "/v1beta"),
             "bedrock": ("bedrock_converse", "")}  # fmt: skip
GRAMMARS = {
    "chat": openai_chat,
    "responses": openai_responses,
    "anthropic": anthropic_messages,
    "gemini": gemini_generate,
}
BREAKS: dict[str, dict[str, Any]] = {"ended": {"stop": "eof"}, "cut": {"stop": "fin"}, "silent": {"stop": "stall"}}


class Cell(NamedTuple):
    client: str
    first: str
    second: str
    how: str

    @property
    def name(self) -> str:
        return "-".join(self)

    @property
    def fault(self) -> Fault:
        return Fault(**BREAKS[self.how], after_event=SPOKEN[self.first])


CELLS = [Cell(*names) for names in product(DIALECTS, DIALECTS, FOLLOWERS, BREAKS)]


def write_settings() -> tuple[str, str]:
    """Providers that go on with what was begun, and a route for each cell."""
    lines = []
    for name in FOLLOWERS:
        dialect, path = ADDRESSES[name]
        address = f'dialect: {dialect}, base_url: "{{url}}{path}", api_key: "{{canary}}-more"'
        lines.append(f"  more-{name}: {{{{{address}, profile: {{{{continuation: prefill}}}}}}}}")
    routes = [
        f"  {cell.name}: {{targets: [{cell.first}/first-{cell.name}, more-{cell.second}/second-{cell.name}], "
        "on_interruption: continue}"
        for cell in CELLS
    ]
    return "\n".join(lines), "\n".join(["routes:", *routes, ""])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("continuations")


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[House]:
    providers, routes = write_settings()
    with running_house(folder, idle_seconds=2.0, more_providers=providers, extra=routes) as running:
        yield running
        running.check_quiet()


async def follow_all(house: House, cells: list[Cell]) -> list[Followed]:
    async with open_followers(house.url) as followers:
        return await asyncio.gather(*[followers[cell.client](ASK, cell.name) for cell in cells])


def read_beginning(second: str, body: Any) -> str:
    """The beginning of the answer, as the second provider was shown it."""
    last = body["contents" if second == "gemini" else "messages"][-1]
    assert last["role"] == ("model" if second == "gemini" else "assistant")
    content = last["parts" if second == "gemini" else "content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


@pytest.mark.parametrize("client", DIALECTS)
def test_another_goes_on_and_the_client_reads_one_answer(client: str, house: House, folder: Path) -> None:
    simulator = house.simulator
    simulator.reset()
    cells = [cell for cell in CELLS if cell.client == client]
    for cell in cells:
        simulator.script(say(TEXT), fault=cell.fault, model=f"first-{cell.name}", times=None)
        simulator.script(say(REST), model=f"second-{cell.name}", times=None)
    ends = asyncio.run(follow_all(house, cells))
    asked = {record.model: record for record in simulator.journal}
    assert Counter(record.model for record in simulator.journal) == Counter(asked.keys())
    for cell, end in zip(cells, ends, strict=True):
        assert f"second-{cell.name}" in asked, (cell, end)
        second = asked[f"second-{cell.name}"]
        beginning = read_beginning(cell.second, second.json)
        assert beginning, cell
        assert TEXT.startswith(beginning), cell
        assert (end.text.replace("  ", " "), end.trouble) == (beginning + REST, ""), cell
        assert b"system" not in second.body, cell
    assert simulator.complaints == []
    rows = wait_for_rows(folder, 2 * len(cells), lambda row: row["client_dialect"].startswith(prefix(client)))
    told = Counter((row["model"].partition("-")[0], row["outcome"], row["output"] > 0) for row in rows)
    assert told == {("first", "failed", True): len(cells), ("second", "served", True): len(cells)}
    assert len({row["model"] for row in rows}) == len(rows)


def prefix(client: str) -> str:
    return {"chat": "openai_chat", "responses": "openai_responses"}.get(client, client)


@pytest.mark.parametrize("client", DIALECTS)
def test_the_stream_is_as_legal_as_if_one_had_told_it_all(client: str, house: House) -> None:
    house.simulator.reset()
    cell = Cell(client, client, "chat", "ended")
    house.simulator.script(say(TEXT), fault=cell.fault, model=f"first-{cell.name}")
    house.simulator.script(say(REST), model=f"second-{cell.name}")
    answered = raw.ask(house.url, *raw.address(client, cell.name, stream=True))
    assert answered.status == 200
    GRAMMARS[client].check_stream(answered.body.replace(b"\r\n", b"\n"))
    assert answered.headers["x-dragoman-target"] == f"{client}/first-{cell.name}"


def test_by_default_an_answer_that_broke_off_is_an_error(house: House) -> None:
    house.simulator.reset()
    house.simulator.script(say(TEXT), fault=Fault(stop="eof", after_event=4))
    answered = raw.ask(house.url, *raw.address("chat", "more-chat/sim-large", stream=True))
    assert "error" in json.loads(answered.body.strip().split(b"\n\n")[-1][6:])
    assert len(house.simulator.journal) == 1

"""Failures before anything was said: another provider or another key answers, and the client never learns of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.e2e import raw
from tests.e2e.following import Followed, open_followers
from tests.e2e.gateway import CANARY, House, running_house
from tests.e2e.stories import Ask
from tests.simulator import Fault

DIALECTS = tuple(raw.PATHS)
TEXT = "Hello from the one who could."
FAULTS = {
    "refused": Fault(status=503),
    "error-at-once": Fault(status=529, error_after_event=0),
    "error-after-pings": Fault(status=529, error_after_event=0, pings=True, comments=True),
    "cut-before-content": Fault(stop="rst", at_byte=1),
    "ended-before-content": Fault(stop="eof", after_event=0),
    "stalled": Fault(stop="stall"),
    "only-pings": Fault(stop="stall", after_event=0, stall_ping_seconds=0.1),
    "not-the-dialect": Fault(body="<html>busy</html>", content_type="text/html"),
    "broken": Fault(corrupt_byte=60),
}
OPENINGS = {"chat": 1, "responses": 4, "anthropic": 2}
"""How many events of a dialect come before the first that says something; an error may stand after any of them."""

NEXT = {"chat": "anthropic", "responses": "chat", "anthropic": "gemini", "gemini": "responses"}


class Cell(NamedTuple):
    client: str
    provider: str
    name: str
    fault: Fault

    @property
    def model(self) -> str:
        return f"{self.client}-{self.provider}-{self.name}"


def list_cells() -> list[Cell]:
    cells = []
    for provider in DIALECTS:
        faults = dict(FAULTS)
        for count in range(1, OPENINGS.get(provider, 0) + 1):
            faults[f"error-after-{count}"] = Fault(status=529, error_after_event=count)
        cells += [Cell(client, provider, name, fault) for client in DIALECTS for name, fault in faults.items()]
    return cells


CELLS = list_cells()
PATIENT = "timeouts: {{first_byte_seconds: 20, progress_seconds: 20}}"
"""For those that have to answer, which may take its time on a busy machine."""

MORE = f"""
  pair: {{{{dialect: openai_chat, base_url: "{{url}}/v1", api_key: "{{canary}}-one,{{canary}}-two", {PATIENT}}}}}
  spare-chat: {{{{dialect: openai_chat, base_url: "{{url}}/v1", api_key: "{{canary}}-spare", {PATIENT}}}}}
  spare-responses: {{{{dialect: openai_responses, base_url: "{{url}}/v1", api_key: "{{canary}}-spare", {PATIENT}}}}}
  spare-anthropic: {{{{dialect: anthropic_messages, base_url: "{{url}}", api_key: "{{canary}}-spare", {PATIENT}}}}}
  spare-gemini: {{{{dialect: gemini_generate, base_url: "{{url}}/v1beta", api_key: "{{canary}}-spare", {PATIENT}}}}}
"""


def write_routes() -> str:
    """A route for each cell, so that what a provider is remembered for by one does not reach another."""
    lines = [f"  {cell.model}: [{cell.provider}/{cell.model}, spare-{NEXT[cell.provider]}/spare]" for cell in CELLS]
    return "\n".join(["routes:", *lines])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(
        tmp_path_factory.mktemp("failover"),
        extra=write_routes(),
        more_providers=MORE,
        first_byte_seconds=0.5,
        progress_seconds=0.5,
    ) as running:
        yield running
        running.check_quiet()


async def follow_all(house: House, models: list[tuple[str, str]]) -> list[Followed]:
    async with open_followers(house.url) as followers:
        return await asyncio.gather(*[followers[client](Ask("Who can?"), model) for client, model in models])


@pytest.mark.parametrize("provider", DIALECTS)
def test_a_stream_that_fails_before_content_is_replaced_unseen(provider: str, house: House) -> None:
    simulator = house.simulator
    simulator.reset()
    simulator.set_default(TEXT)
    cells = [cell for cell in CELLS if cell.provider == provider]
    for cell in cells:
        simulator.script("Not this.", fault=cell.fault, model=cell.model, times=None)
    ends = asyncio.run(follow_all(house, [(cell.client, cell.model) for cell in cells]))
    wrong = [(cell.model, end) for cell, end in zip(cells, ends, strict=True) if (end.text, end.trouble) != (TEXT, "")]
    assert wrong == []
    asked = {record.model for record in simulator.journal}
    assert asked == {cell.model for cell in cells} | {"spare"}
    assert simulator.complaints == []


@pytest.mark.parametrize("client", DIALECTS)
@pytest.mark.parametrize("status", [401, 403, 429, 529])
def test_a_key_that_is_refused_is_replaced_unseen(client: str, status: int, house: House) -> None:
    """Which of the two is asked first is not said; the refused one is asked at most once."""
    simulator = house.simulator
    simulator.reset()
    simulator.set_default(TEXT)
    model = f"{client}-{status}"
    simulator.script(fault=Fault(status=status), key=f"{CANARY}-one", times=None)
    for _ in range(3):
        path, body = raw.address(client, f"pair/{model}", stream=False)
        answered = raw.ask(house.url, path, body)
        assert (answered.status, TEXT in answered.body.decode()) == (200, True)
    assert sum(record.key == f"{CANARY}-one" for record in simulator.journal) <= 1

"""Answers in one piece that are cut, corrupt or not what the dialect allows: a 502 in the client's own shape, never a part.

Gemini's streams as JSON arrays are here too: an array that breaks off ends with an error and is still an array.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house
from tests.simulator import Fault

DIALECTS = tuple(raw.PATHS)
TEXT = "Hello there, you and all the others"
BREAKS = {
    "fin": Fault(stop="fin", at_byte=50),
    "rst": Fault(stop="rst", at_byte=50),
    "eof": Fault(stop="eof", at_byte=50),
    "too-short": Fault(framing="length", length_off=5),
    "corrupt": Fault(corrupt_byte=30),
    "array": Fault(body="[]"),
    "empty-object": Fault(body="{}"),
    "null": Fault(body="null"),
    "nothing": Fault(body=""),
    "html": Fault(body="<html></html>", content_type="text/html"),
}
ARRAY_BREAKS = {
    "fin": Fault(stop="fin", at_byte=700),
    "rst": Fault(stop="rst", at_byte=700),
    "eof": Fault(stop="eof", at_byte=700),
    "error": Fault(status=529, error_after_event=5),
}


class Cell(NamedTuple):
    client: str
    provider: str
    name: str

    @property
    def model(self) -> str:
        return f"{self.client}-{self.provider}-{self.name}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("broken")) as running:
        yield running
        running.check_quiet()


@pytest.mark.parametrize("client", DIALECTS)
def test_a_whole_answer_that_breaks_is_a_502(client: str, house: House) -> None:
    """At the same time, because each is tried again after a pause."""
    house.simulator.reset()
    cells = [Cell(client, provider, name) for provider in DIALECTS for name in BREAKS]
    for cell in cells:
        house.simulator.script(TEXT, fault=BREAKS[cell.name], model=cell.model, times=None)

    def ask(cell: Cell) -> raw.Answered:
        return raw.ask(house.url, *raw.address(client, f"{cell.provider}/{cell.model}", stream=False))

    with ThreadPoolExecutor(len(cells)) as threads:
        answers = list(threads.map(ask, cells))
    for cell, answered in zip(cells, answers, strict=True):
        assert answered.status == 502, (cell, answered)
        assert len(raw.read_error(client, answered)) > 10
        assert TEXT[:5].encode() not in answered.body
    assert house.simulator.complaints == []


@pytest.mark.parametrize("name", ARRAY_BREAKS)
@pytest.mark.parametrize("provider", DIALECTS)
def test_an_array_that_breaks_ends_in_an_error(provider: str, name: str, house: House) -> None:
    house.simulator.reset()
    house.simulator.set_default(TEXT * 20, fault=ARRAY_BREAKS[name])
    path, body = raw.address("gemini", f"{provider}/{name}", stream=True)
    answered = raw.ask(house.url, path.replace("?alt=sse", ""), body)
    last = json.loads(answered.body)[-1] if answered.status == 200 else answered.json
    assert list(last) == ["error"]
    assert last["error"]["code"] >= 500
    assert b'"finishReason"' not in answered.body

"""Every way to fail × every dialect × whoever could step in: a request fails only if nobody healthy is left.

Three promises for each cell, judged by the simulator's journal and by the stream grammars: the client sees one clean
answer if somebody can give it; else its own dialect's error, with the right status and the wait that it was told; and
no request ever causes more than three attempts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_gateway
from tests.faults.outages import (
    BAD,
    DIALECTS,
    OUTAGES,
    TEXT,
    WAIT_SECONDS,
    Cell,
    build_request,
    list_cells,
    open_dead_ends,
    read_text,
    write_matrix,
)
from tests.grammars import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.simulator import Simulator

AT_ONCE = 24
MAX_ATTEMPTS = 3
GRAMMARS = {
    "chat": openai_chat,
    "responses": openai_responses,
    "anthropic": anthropic_messages,
    "gemini": gemini_generate,
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_dead_ends() as dead_ends, Simulator() as simulator:
        config = write_matrix(simulator.url, dead_ends)
        with running_gateway(tmp_path_factory.mktemp("outages"), config, log_level="warning") as gateway:
            yield House(gateway, simulator)
            assert "Traceback" not in gateway.log


def judge(cell: Cell, answered: raw.Answered) -> str:
    """What is wrong with an answer; empty if nothing is."""
    if cell.must_be_clean or (answered.status == 200 and cell.spare != "none"):
        if answered.status != 200:
            return f"failed with {answered.status}: {answered.body[:200]!r}"
        if cell.is_stream:
            try:
                GRAMMARS[cell.client].check_stream(answered.body.replace(b"\r\n", b"\n"))
            except AssertionError as error:
                return f"is no legal stream: {error} {answered.body[-300:]!r}"
        text = read_text(cell, answered.body)
        return "" if text == TEXT else f"said {text!r}"
    if answered.status not in OUTAGES[cell.outage].statuses:
        return f"failed with {answered.status}: {answered.body[:200]!r}"
    raw.read_error(cell.client, answered)
    wait = answered.headers.get("retry-after")
    if answered.status == 429 and (wait is None or not WAIT_SECONDS - 5 <= int(wait) <= WAIT_SECONDS + 1):
        return f"told to wait {wait}"
    return ""


def ask(house: House, cell: Cell) -> raw.Answered:
    return raw.ask(house.url, *build_request(cell))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_request_fails_only_if_nobody_healthy_is_left(dialect: str, house: House) -> None:
    simulator = house.simulator
    simulator.reset()
    simulator.set_default(TEXT)
    cells = [cell for cell in list_cells() if cell.dialect == dialect]
    for cell in cells:
        fault = OUTAGES[cell.outage].fault
        if fault is not None:
            simulator.script(TEXT, fault=fault, key=BAD, model=cell.upstream_model, times=None)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda cell: ask(house, cell), cells))
    verdicts = [(cell, judge(cell, answered)) for cell, answered in zip(cells, answers, strict=True)]
    assert [verdict for verdict in verdicts if verdict[1]] == []
    simulator.wait_for(lambda: not simulator.in_flight)
    attempts = Counter(record.model for record in simulator.journal)
    assert max(attempts.values()) <= MAX_ATTEMPTS
    assert simulator.complaints == []
    assert len(cells) > 200

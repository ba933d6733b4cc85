"""Providers that fall silent: every timeout fires in time, with heartbeats to the client and without, and frees the socket.

A heartbeat must never count as progress of the provider, nor keep a dead exchange alive.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from tests.e2e import raw
from tests.e2e.following import Followed, open_followers
from tests.e2e.gateway import House, running_house
from tests.e2e.stories import Ask
from tests.faults.lateness import Watch
from tests.simulator import Fault, say

TIMEOUT_SECONDS = 0.8
PROGRESS_SECONDS = 1.6
ASK = Ask("Tell me everything.")
TEXT = "One thing after the other, as it came."

CLIENTS = ("chat", "responses", "anthropic", "gemini")
PROVIDERS = ("chat", "responses", "anthropic", "gemini")
STALLS = {
    "no-head": (Fault(stop="stall"), TIMEOUT_SECONDS),
    "half-a-head": (Fault(stop="stall", in_head=True), TIMEOUT_SECONDS),
    "no-event": (Fault(stop="stall", after_event=0), TIMEOUT_SECONDS),
    "first-event": (Fault(stop="stall", after_event=1), TIMEOUT_SECONDS),
    "third-event": (Fault(stop="stall", after_event=3), TIMEOUT_SECONDS),
    "half-an-event": (Fault(stop="stall", at_byte=40), TIMEOUT_SECONDS),
    "only-pings": (Fault(stop="stall", after_event=3, stall_ping_seconds=0.1), PROGRESS_SECONDS),
    "pings-from-the-start": (Fault(stop="stall", after_event=0, stall_ping_seconds=0.1), PROGRESS_SECONDS),
}


PINGING = frozenset({"only-pings", "pings-from-the-start"})


class Cell(NamedTuple):
    client: str
    provider: str
    stall: str

    @property
    def is_readable(self) -> bool:
        """Google's SDK takes a comment for content, and Gemini's own API sends none: only here it does, and within a
        dialect its bytes are passed on as they came."""
        return (self.client, self.provider) != ("gemini", "gemini") or self.stall not in PINGING

    @property
    def model(self) -> str:
        return f"{self.provider}/m-{self.client}-{self.stall}"


ROUTES = """
routes:
  thinking-chat: {targets: [chat/m], timeouts: {first_byte_seconds: 20, idle_seconds: 20, progress_seconds: 20}}
  thinking-gemini: {targets: [gemini/m], timeouts: {first_byte_seconds: 20, idle_seconds: 20, progress_seconds: 20}}
"""


@pytest.fixture(scope="module", params=[0.3, 15.0], ids=["heartbeats", "no-heartbeats"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(
        tmp_path_factory.mktemp("stalls"),
        extra=ROUTES,
        heartbeat_seconds=request.param,
        first_byte_seconds=TIMEOUT_SECONDS,
        idle_seconds=TIMEOUT_SECONDS,
        progress_seconds=PROGRESS_SECONDS,
    ) as running:
        yield running
        running.check_quiet()


async def follow_all(house: House, models: list[tuple[str, str]], watch: Watch) -> list[Followed]:
    """All at once, each a client and a model, while it is watched how long that takes."""
    async with open_followers(house.url) as followers:
        with watch:
            return await asyncio.gather(*[followers[client](ASK, model) for client, model in models])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_silent_stream_becomes_an_error_in_time(provider: str, house: House) -> None:
    simulator = house.simulator
    simulator.reset()
    cells = [cell for client in CLIENTS for stall in STALLS if (cell := Cell(client, provider, stall)).is_readable]
    for cell in cells:
        model = cell.model.partition("/")[2]
        simulator.script(say(TEXT), fault=STALLS[cell.stall][0], model=model, times=None)
    watch = Watch(house.gateway)
    ends = asyncio.run(follow_all(house, [(cell.client, cell.model) for cell in cells], watch))
    for cell, followed in zip(cells, ends, strict=True):
        seconds = followed.ended - watch.begun
        assert followed.trouble, cell
        assert TEXT.startswith(followed.text), cell
        assert watch.is_due(seconds, STALLS[cell.stall][1]), (cell, seconds, watch.most_late)
    simulator.wait_for(lambda: not simulator.in_flight)
    assert {record.outcome for record in simulator.journal} == {"peer_closed"}


SILENCES = {"head": Fault(stop="stall"), "body": Fault(stop="stall", at_byte=20)}


def ask_silent(house: House, provider: str) -> tuple[raw.Answered, float]:
    answered = raw.ask(house.url, raw.PATHS[provider], raw.small_request(provider))
    return answered, time.monotonic()


@pytest.mark.parametrize("silence", SILENCES)
def test_a_silent_answer_becomes_a_504_in_time(silence: str, house: House) -> None:
    house.simulator.reset()
    house.simulator.set_default(fault=SILENCES[silence])
    with Watch(house.gateway) as watch, ThreadPoolExecutor(len(PROVIDERS)) as threads:
        answers = list(threads.map(lambda provider: ask_silent(house, provider), PROVIDERS))
    for provider, (answered, ended) in zip(PROVIDERS, answers, strict=True):
        assert answered.status == 504, answered
        assert f"{TIMEOUT_SECONDS:g} s" in raw.read_error(provider, answered)
        assert watch.is_due(ended - watch.begun, TIMEOUT_SECONDS), (provider, ended - watch.begun, watch.most_late)
    house.simulator.wait_for(lambda: not house.simulator.in_flight)


QUIET = Fault(delay_head_seconds=0.5, delay_body_seconds=0.5, pause_seconds=0.5)
"""Each silence is longer than the time between two heartbeats."""


def test_sdks_read_over_heartbeats(house: House) -> None:
    house.simulator.reset()
    house.simulator.set_default(say("Hello"), fault=QUIET)
    models = [(client, f"thinking-{provider}") for client in CLIENTS for provider in ("chat", "gemini")]
    ends = asyncio.run(follow_all(house, models, Watch(house.gateway)))
    assert [(end.text, end.trouble) for end in ends] == [("Hello", "")] * len(models)

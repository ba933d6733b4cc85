"""The gateway's end: asked to stop it lets answers finish, then tells those left; killed it leaves nothing behind."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import raw
from tests.e2e.following import Followed, open_followers
from tests.e2e.gateway import (
    PATIENCE_SECONDS,
    Gateway,
    House,
    running_gateway,
    running_house,
    wait_until,
    write_providers,
)
from tests.e2e.stories import Ask
from tests.faults.lateness import Watch
from tests.simulator import Fault

DIALECTS = tuple(raw.PATHS)
CROSSINGS = [(dialect, dialect) for dialect in DIALECTS] + [("anthropic", "chat"), ("chat", "anthropic")]
TEXT = "One word after the other, until the very end."
DRAIN_SECONDS = 4.0
LONG_SECONDS = 300.0
"""To drain for so long is no end at once: whoever waits for the process loses patience long before."""

STEADY = Fault(pause_seconds=0.05)
STUCK = Fault(stop="stall", after_event=4)


async def follow_while(house: House, models: list[tuple[str, str]], act: Callable[[], None]) -> list[Followed]:
    """Streams, and something that is done in a thread of its own once all of them run."""

    def act_in_time() -> None:
        house.simulator.wait_for(lambda: len(house.simulator.in_flight) == len(models))
        act()

    thread = threading.Thread(target=act_in_time)
    thread.start()
    async with open_followers(house.url) as followers:
        ends = await asyncio.gather(*[followers[client](Ask("Tell me."), model) for client, model in models])
    thread.join()
    return ends


def is_deaf(gateway: Gateway) -> bool:
    return gateway.status_of("/healthz") == 0


def test_running_streams_finish_and_stuck_ones_are_told(tmp_path: Path) -> None:
    models = [(client, f"{provider}/{kind}") for client, provider in CROSSINGS for kind in ("steady", "stuck")] * 4
    with running_house(tmp_path, drain_seconds=DRAIN_SECONDS) as house:
        house.simulator.script(TEXT, fault=STEADY, model="steady", times=None)
        house.simulator.script(TEXT, fault=STUCK, model="stuck", times=None)
        asked = [0.0]

        def stop() -> None:
            asked[0] = time.monotonic()
            house.gateway.process.send_signal(signal.SIGTERM)
            assert wait_until(lambda: is_deaf(house.gateway))

        with Watch(house.gateway) as watch:
            ends = asyncio.run(follow_while(house, models, stop))
        for (client, model), end in zip(models, ends, strict=True):
            if model.endswith("steady"):
                assert (end.text, end.trouble) == (TEXT, ""), (client, model, end)
            else:
                assert end.trouble, (client, model, end)
                assert 0 <= end.ended - asked[0] - DRAIN_SECONDS < watch.most_late, (client, model, end)
        assert house.gateway.process.wait(PATIENCE_SECONDS) == 0
        house.check_quiet()


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    with running_house(tmp_path, drain_seconds=LONG_SECONDS) as house:
        house.simulator.set_default(TEXT, fault=STUCK)
        path, body = raw.address("chat", "chat/stuck", stream=True)
        with raw.begin(house.gateway.port, path, body) as peer:
            house.simulator.wait_for(lambda: house.simulator.in_flight)
            house.gateway.process.send_signal(signal.SIGTERM)
            assert wait_until(lambda: is_deaf(house.gateway))
            assert house.gateway.process.poll() is None
            assert house.gateway.stop() == 0
            received = raw.read_until_closed(peer)
        assert b"The gateway is shutting down." in received
        assert b"[DONE]" not in received
        house.check_quiet()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_gateway_ends_at_once(number: signal.Signals, tmp_path: Path) -> None:
    """Though a client keeps its connection open."""
    with running_house(tmp_path, drain_seconds=LONG_SECONDS) as house:
        path, body = raw.address("chat", "chat/m", stream=False)
        with raw.begin(house.gateway.port, path, body) as peer:
            assert peer.recv(65_536).startswith(b"HTTP/1.1 200")
            assert house.gateway.stop(number) == 0


def test_a_killed_gateway_leaves_nothing_behind_and_starts_again(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        house.simulator.set_default(TEXT, fault=STUCK)
        path, body = raw.address("chat", "chat/stuck", stream=True)
        with raw.begin(house.gateway.port, path, body) as peer:
            house.simulator.wait_for(lambda: house.simulator.in_flight)
            assert house.gateway.stop(signal.SIGKILL) == -signal.SIGKILL
            assert not raw.read_until_closed(peer).endswith(b"0\r\n\r\n")  # cut, as HTTP sees it
        house.simulator.wait_for(lambda: not house.simulator.open_sockets)
        left = {path.name for path in tmp_path.iterdir()}
        assert left - {"ledger"} == {"dragoman.yaml", "gateway.log"}  # the ledger is there to stay
        house.simulator.reset()
        with running_gateway(tmp_path, write_providers(house.simulator.url)) as again:
            path, body = raw.address("chat", "chat/m", stream=False)
            assert raw.ask(again.url, path, body).status == 200

"""Clients that leave: whatever they were waiting for is cancelled within a second, and the provider is not blamed for it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house
from tests.faults.lateness import Watch
from tests.simulator import Fault, say

TEXT = "A long answer of which somebody has heard enough."
CROSSINGS = [(dialect, dialect) for dialect in raw.PATHS] + [("chat", "anthropic"), ("anthropic", "chat")]
WINDOWS = {
    "before-the-head": Fault(stop="stall"),
    "before-content": Fault(stop="stall", at_byte=1),
    "in-the-middle": Fault(stop="stall", after_event=5),
}
ROUTES = """
routes:
  finished: {targets: [chat/sim-large], on_disconnect: finish}
"""


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("disconnects"), extra=ROUTES) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


def begin(house: House, client: str, model: str, *, stream: bool) -> socket.socket:
    """A request that the provider has begun to answer, as far as it will."""
    path, body = raw.address(client, model, stream=stream)
    peer = raw.begin(house.gateway.port, path, body)
    house.simulator.wait_for(lambda: house.simulator.in_flight)
    return peer


def leave(house: House, close: Callable[[], None]) -> None:
    """Go, and see the provider left within a second."""
    with Watch(house.gateway) as watch:
        close()
        house.simulator.wait_for(lambda: not house.simulator.in_flight)
    assert watch.passed < watch.most_late


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(("client", "provider"), CROSSINGS)
def test_the_provider_is_left_as_soon_as_the_client_leaves(
    client: str, provider: str, window: str, stream: bool, house: House
) -> None:
    fault = WINDOWS[window] if stream or window != "in-the-middle" else Fault(stop="stall", at_byte=60)
    house.simulator.script(say(TEXT), fault=fault)
    peer = begin(house, client, f"{provider}/sim-large", stream=stream)
    if stream and window == "in-the-middle":
        assert peer.recv(1)
    leave(house, peer.close)
    assert [record.outcome for record in house.simulator.journal] == ["peer_closed"]
    path, body = raw.address(client, f"{provider}/sim-large", stream=False)
    assert raw.ask(house.url, path, body).status == 200  # nobody holds it against the provider


@pytest.mark.parametrize("client", raw.PATHS)
def test_a_client_that_closes_its_half_has_left(client: str, house: House) -> None:
    house.simulator.script(say(TEXT), fault=WINDOWS["in-the-middle"])
    with begin(house, client, f"{client}/sim-large", stream=True) as peer:
        leave(house, lambda: peer.shutdown(socket.SHUT_WR))
    assert [record.outcome for record in house.simulator.journal] == ["peer_closed"]


def test_a_reset_is_a_disconnect_too(house: House) -> None:
    house.simulator.script(say(TEXT), fault=WINDOWS["before-the-head"])
    peer = begin(house, "chat", "chat/sim-large", stream=True)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    leave(house, peer.close)
    assert [record.outcome for record in house.simulator.journal] == ["peer_closed"]


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_route_may_ask_for_answers_to_be_finished(stream: bool, house: House) -> None:
    house.simulator.script(say(TEXT), fault=Fault(delay_head_seconds=0.1, pause_seconds=0.02))
    begin(house, "chat", "finished", stream=stream).close()
    house.simulator.wait_for(lambda: not house.simulator.in_flight)
    assert [record.outcome for record in house.simulator.journal] == ["complete"]

"""One gateway before one simulator, and one Node that asks it, for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.gateway import running_house
from tests.e2e.javascript.node import Room, running_speaker


@pytest.fixture(scope="module")
def shared_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with running_speaker() as speaker, running_house(tmp_path_factory.mktemp("javascript")) as house:
        yield Room(speaker, house)


@pytest.fixture
def room(shared_room: Room) -> Iterator[Room]:
    shared_room.simulator.reset()
    yield shared_room
    shared_room.house.check_quiet()

"""A simulator for each test, which must leave nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.simulator import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running
        running.wait_for(lambda: running.open_sockets == 0)
        assert running.in_flight == []
    assert "simulator" not in {thread.name for thread in threading.enumerate()}

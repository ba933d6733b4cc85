"""How a model's deaths are counted, and how its slots are given back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.local import LocalSettings
from dragoman.engine.process import WorkerProcess
from dragoman.engine.station import FIRST_REST_SECONDS, MAX_REST_SECONDS, Lease, Station
from dragoman.errors import DragomanError
from tests.tiny_models import make_thinker


class Child:
    """A process as far as a worker looks at it."""

    def __init__(self) -> None:
        self.pid = 7
        self.returncode: int | None = None


def make_worker(child: Child) -> WorkerProcess:
    return WorkerProcess("m", cast("Any", child), Path("m.log"))


def make_station() -> Station:
    return Station(make_thinker(), LocalSettings(slots=2, queue_limit=3), lambda: None)


def test_the_first_death_is_forgiven_and_the_next_ones_are_not() -> None:
    station = make_station()
    child = Child()
    station.worker = make_worker(child)
    assert station.state == "running"
    child.returncode = -11
    assert station.state == "stopped"
    station.check_rest(10.0)
    station.worker = make_worker(child)
    with pytest.raises(DragomanError, match="keeps dying") as caught:
        station.check_rest(20.0)
    assert caught.value.retry_after_seconds == FIRST_REST_SECONDS * 2
    station.check_rest(20.0 + FIRST_REST_SECONDS * 2)


def test_a_model_that_cannot_be_loaded_rests_longer_each_time_and_says_why() -> None:
    station = make_station()
    rests = []
    for _ in range(12):
        station.note_failure(0.0, "The disk is on fire.")
        with pytest.raises(DragomanError, match="on fire") as caught:
            station.check_rest(0.0)
        rests.append(caught.value.retry_after_seconds)
    assert rests[:3] == [FIRST_REST_SECONDS, FIRST_REST_SECONDS * 2, FIRST_REST_SECONDS * 4]
    assert rests[-1] == MAX_REST_SECONDS


def test_a_slot_is_given_back_once_and_a_good_answer_forgives_everything() -> None:
    async def run() -> None:
        clock = FixedClock(50.0)
        station = make_station()
        station.worker = make_worker(Child())
        station.failures = 3
        await station.line.take(1.0)
        lease = Lease(station, station.worker, clock)
        assert not station.is_idle
        lease.release(has_served=True)
        lease.release(has_served=False)
        assert (station.line.taken, station.failures, station.used_at, station.is_idle) == (0, 0, 50.0, True)

    asyncio.run(run())


def test_an_answer_that_failed_forgives_nothing() -> None:
    async def run() -> None:
        station = make_station()
        station.failures = 3
        await station.line.take(1.0)
        Lease(station, make_worker(Child()), FixedClock()).release(has_served=False)
        assert station.failures == 3

    asyncio.run(run())


def test_it_tells_people_how_it_is() -> None:
    assert repr(make_station()) == "<Station thinker: stopped, <SlotLine thinker: 0 of 2 busy, 0 waiting>>"

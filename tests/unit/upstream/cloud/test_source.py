"""What is lent: kept while it lasts, renewed beside the traffic, fetched by one caller for all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.upstream.cloud.source import AGAIN_SECONDS, FRESH_SECONDS, REST_SECONDS, Grant, Source

REFUSAL = DragomanError(Kind.AUTHENTICATION, "The cloud says no.", blame="gateway", code="no", phase="connect")


class Lender:
    """Gives what it was told to give, each time that its gate is open."""

    def __init__(self, *answers: str | DragomanError, lasts: float = 3600.0) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.lasts = lasts
        self.gate = asyncio.Event()
        self.gate.set()

    def __repr__(self) -> str:
        return "<Lender>"

    async def issue(self) -> Grant[str]:
        self.asked += 1
        await self.gate.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, DragomanError):
            raise answer
        return Grant(answer, self.lasts)


class Yard:
    """A source on a clock that stands still, and the work that it has started beside the traffic."""

    def __init__(self, *answers: str | DragomanError, lasts: float = 3600.0) -> None:
        self.clock = FixedClock()
        self.lender = Lender(*answers, lasts=lasts)
        self.tasks: list[asyncio.Task[None]] = []
        self.source = Source(self.lender, self.clock, self._start)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work, name=name))

    async def finish(self) -> None:
        await asyncio.gather(*self.tasks)
        self.tasks.clear()


def play(story: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(story())


async def read_all(source: Source[str], count: int) -> Sequence[object]:
    return await asyncio.gather(*(source.read() for _ in range(count)), return_exceptions=True)


def test_nothing_is_there_before_somebody_has_asked() -> None:
    async def story() -> tuple[object, str, object]:
        yard = Yard("a")
        return yard.source.read_present(), await yard.source.read(), yard.source.read_present()

    assert play(story) == (None, "a", "a")


def test_shortly_before_its_end_something_new_is_fetched_while_the_old_still_serves() -> None:
    async def story() -> list[object]:
        yard = Yard("a", "b")
        await yard.source.read()
        yard.clock.advance(3299)
        told: list[object] = [yard.source.read_present(), yard.lender.asked]
        yard.clock.advance(1)
        yard.lender.gate.clear()
        told += [yard.source.read_present(), yard.source.read_present(), await yard.source.read(), len(yard.tasks)]
        yard.lender.gate.set()
        await yard.finish()
        return [*told, yard.source.read_present(), yard.lender.asked]

    assert play(story) == ["a", 1, "a", "a", "a", 1, "b", 2]


def test_what_is_at_its_end_is_used_no_more() -> None:
    async def story() -> list[object]:
        yard = Yard("a", "b")
        await yard.source.read()
        yard.clock.advance(3570)
        return [yard.source.read_present(), await yard.source.read(), len(yard.tasks)]

    assert play(story) == [None, "b", 0]


def test_what_lasts_shortly_is_renewed_after_half_of_it() -> None:
    async def story() -> list[tuple[str | None, int]]:
        yard = Yard("a", "b", lasts=60)
        await yard.source.read()
        told = []
        for seconds in (29.0, 1.0, 24.0):
            yard.clock.advance(seconds)
            told.append((yard.source.read_present(), len(yard.tasks)))
        for task in yard.tasks:
            task.cancel()
        await asyncio.gather(*yard.tasks, return_exceptions=True)
        return told

    assert play(story) == [("a", 0), ("a", 1), (None, 1)]


def test_a_renewal_that_fails_is_tried_again_a_little_later() -> None:
    async def story() -> list[object]:
        yard = Yard("a", REFUSAL, "b")
        await yard.source.read()
        yard.clock.advance(3300)
        told: list[object] = [yard.source.read_present()]
        await yard.finish()
        told += [yard.source.read_present(), yard.lender.asked]
        yard.clock.advance(AGAIN_SECONDS)
        told.append(yard.source.read_present())
        await yard.finish()
        return [*told, yard.source.read_present()]

    assert play(story) == ["a", "a", 2, "a", "b"]


def test_many_callers_at_once_fetch_once() -> None:
    async def story() -> tuple[set[object], int]:
        yard = Yard("a")
        yard.lender.gate.clear()
        waiting = asyncio.ensure_future(read_all(yard.source, 50))
        await asyncio.sleep(0)
        yard.lender.gate.set()
        return set(await waiting), yard.lender.asked

    assert play(story) == ({"a"}, 1)


def test_a_caller_who_gives_up_takes_nothing_from_the_others() -> None:
    async def story() -> tuple[str, int]:
        yard = Yard("a", "b")
        yard.lender.gate.clear()
        first = asyncio.ensure_future(yard.source.read())
        await asyncio.sleep(0)
        second = asyncio.ensure_future(yard.source.read())
        await asyncio.sleep(0)
        first.cancel()
        yard.lender.gate.set()
        return await second, yard.lender.asked

    assert play(story) == ("a", 2)


def test_a_refusal_is_shared_and_told_again_for_a_moment_before_somebody_asks_anew() -> None:
    async def story() -> list[object]:
        yard = Yard(REFUSAL, "a")
        yard.lender.gate.clear()
        waiting = asyncio.ensure_future(read_all(yard.source, 20))
        await asyncio.sleep(0)
        yard.lender.gate.set()
        errors = await waiting
        again = await read_all(yard.source, 1)
        told = {(str(error), getattr(error, "code", ""), getattr(error, "kind", "")) for error in (*errors, *again)}
        asked = yard.lender.asked
        yard.clock.advance(REST_SECONDS)
        return [told, asked, len({id(error) for error in errors}), await yard.source.read()]

    assert play(story) == [{("The cloud says no.", "no", Kind.AUTHENTICATION)}, 1, 20, "a"]


def test_what_the_provider_no_longer_takes_is_forgotten() -> None:
    async def story() -> list[object]:
        yard = Yard("a", "b")
        told: list[object] = [await yard.source.read(), yard.source.forget("another"), await yard.source.read()]
        yard.clock.advance(FRESH_SECONDS)
        return [*told, yard.source.forget("a"), await yard.source.read()]

    assert play(story) == ["a", True, "a", True, "b"]


def test_what_was_lent_just_now_is_kept_for_the_next_one_would_be_refused_as_well() -> None:
    async def story() -> list[object]:
        yard = Yard("a")
        told: list[object] = [await yard.source.read(), yard.source.forget("a")]
        yard.clock.advance(FRESH_SECONDS - 1)
        return [*told, yard.source.forget("a"), await yard.source.read()]

    assert play(story) == ["a", False, False, "a"]


def test_a_renewal_comes_too_late_where_the_value_was_forgotten_and_fetched_meanwhile() -> None:
    async def story() -> list[object]:
        yard = Yard("a", "b")
        await yard.source.read()
        yard.clock.advance(3300)
        yard.source.read_present()
        yard.source.forget("a")
        told = await yard.source.read()
        await yard.finish()
        return [told, yard.lender.asked]

    assert play(story) == ["b", 2]


def test_a_refusal_is_logged_once_with_who_lends_and_why(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        await read_all(Yard(REFUSAL).source, 5)

    with caplog.at_level(logging.WARNING):
        play(story)
    assert [record.getMessage() for record in caplog.records] == ["<Lender> gives nothing: The cloud says no."]


def test_reprs_hold_nothing_of_what_is_lent() -> None:
    async def story() -> tuple[str, str]:
        yard = Yard("canary")
        await yard.source.read()
        return repr(yard.source), repr(Grant("canary", 60.0))

    assert play(story) == ("<Source of <Lender>>", "<Grant for 60 s>")

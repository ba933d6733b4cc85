"""Pools of keys under load, on a clock that only the test moves: what clients see, and what providers are asked."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.scripted import Script
from dragoman.upstream.transport import OutgoingRequest
from tests.unit.service.desk import (
    CHAT_STREAM,
    CHAT_STREAM_REQUEST,
    Desk,
    RecordingSink,
    error_script,
    make_provider,
    run,
    streamed,
    whole,
)

REFUSALS = (
    error_script(401),
    error_script(402),
    error_script(403),
    error_script(429, b'{"error":{"message":"no","type":"insufficient_quota","code":"insufficient_quota"}}'),
    error_script(400, b'{"error":{"message":"no","type":"x","code":"invalid_api_key"}}'),
)
DOWN = DragomanError(Kind.UNAVAILABLE, "refused", blame="upstream", phase="connect", code="connect_refused")


def key_of(request: OutgoingRequest) -> int:
    """Which of the provider's keys was shown."""
    return int(dict(request.headers)[b"authorization"].split()[1])


def make_body(number: int) -> bytes:
    """A conversation of its own."""
    return json.dumps({"model": "r", "messages": [{"role": "user", "content": f"task {number}"}]}).encode()


def status_of(sink: RecordingSink) -> int:
    assert sink.reply is not None
    return sink.reply.status


class Keys:
    """A provider whose keys can be killed and mended."""

    def __init__(self, count: int, **settings: Any) -> None:
        self.dead: dict[int, Script | DragomanError] = {}
        provider = make_provider("a", keys=count)
        credentials = tuple(msgspec.structs.replace(one, **settings) for one in provider.credentials)
        self.desk = Desk(self.answer, msgspec.structs.replace(provider, credentials=credentials))
        self.served: Counter[int] = Counter()

    def answer(self, request: OutgoingRequest) -> Script | DragomanError:
        key = key_of(request)
        if key in self.dead:
            return self.dead[key]
        self.served[key] += 1
        return whole()

    async def ask(self, count: int, *, step_seconds: float = 0.01) -> Counter[int]:
        """So many requests, a few at a time; how often each status was seen."""
        statuses: Counter[int] = Counter()
        for start in range(0, count, 5):
            self.desk.clock.advance(step_seconds)
            sinks = await asyncio.gather(*[self.desk.serve(make_body(number)) for number in range(start, start + 5)])
            statuses.update(map(status_of, sinks))
        return statuses


@pytest.mark.parametrize("refusal", REFUSALS, ids=["401", "402", "403", "spend-cap", "400-key-invalid"])
def test_four_of_five_keys_die_and_nobody_notices_and_mended_ones_serve_within_a_minute(refusal: Script) -> None:
    async def scenario() -> None:
        keys = Keys(5)
        assert await keys.ask(50) == {200: 50}
        for key in (1, 2, 4, 5):
            keys.dead[key] = refusal
        assert await keys.ask(500) == {200: 500}
        asked = len(keys.desk.transport.requests)
        assert await keys.ask(200) == {200: 200}
        assert len(keys.desk.transport.requests) - asked < 205
        keys.dead.clear()
        keys.served.clear()
        assert await keys.ask(200, step_seconds=1.5) == {200: 200}
        assert keys.served.keys() == {1, 2, 3, 4, 5}
        assert max(len(exchange.outcomes) for exchange in keys.desk.settled) <= 3

    run(scenario())


def test_the_last_key_is_asked_even_when_it_is_refused_so_that_its_recovery_is_seen_at_once() -> None:
    async def scenario() -> None:
        keys = Keys(3)
        keys.dead = {1: REFUSALS[0], 2: REFUSALS[0], 3: REFUSALS[0]}
        assert await keys.ask(50) == {503: 50}
        assert len(keys.desk.transport.requests) <= 50 + 20
        last = max(Counter(map(key_of, keys.desk.transport.requests)).items(), key=lambda pair: pair[1])[0]
        del keys.dead[last]
        assert await keys.ask(50) == {200: 50}

    run(scenario())


class LimitedProvider:
    """Counts each key's requests in windows, or lets them drip back, and tells in OpenAI's headers what is left."""

    def __init__(self, now: Callable[[], float], limit: int, *, drips: bool) -> None:
        self._now = now
        self._limit = limit
        self._drips = drips
        self._used: dict[int, float] = defaultdict(float)
        self._since: dict[int, float] = {}
        self.refusals = 0

    def answer(self, request: OutgoingRequest) -> Script:
        key, now = key_of(request), self._now()
        since = self._since.setdefault(key, now)
        if self._drips:
            self._used[key] = max(0.0, self._used[key] - (now - since) * self._limit / 60)
            self._since[key] = now
        elif now - since >= 60:
            self._used[key], self._since[key] = 0.0, now
        if self._used[key] + 1 > self._limit + 1e-6:
            self.refusals += 1
            return error_script(429)
        self._used[key] += 1
        reset = self._used[key] * 60 / self._limit if self._drips else 60 - (now - self._since[key])
        headers = [
            (b"x-ratelimit-limit-requests", b"%d" % self._limit),
            (b"x-ratelimit-remaining-requests", b"%d" % (self._limit - self._used[key])),
            (b"x-ratelimit-reset-requests", f"{reset:.3f}s".encode()),
        ]
        return msgspec.structs.replace(whole(), headers=headers)


@pytest.mark.parametrize("drips", [False, True], ids=["windows", "drips"])
def test_at_95_percent_of_limits_that_are_only_learnt_no_key_is_ever_refused(drips: bool) -> None:
    async def scenario() -> None:
        desk = Desk([], make_provider("a", keys=4))
        provider = LimitedProvider(desk.clock.monotonic, 60, drips=drips)
        desk.transport._next_script = provider.answer
        seconds_between = 60 / (4 * 60 * 0.95)
        for number in range(int(120 / seconds_between)):
            assert status_of(await desk.serve(make_body(number % 40))) == 200
            desk.clock.advance(seconds_between)
        assert provider.refusals == 0

    run(scenario())


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (error_script(400), 400),
        (error_script(422), 422),
        (error_script(413), 413),
        (error_script(400, b'{"error":{"message":"long","type":"x","code":"context_length_exceeded"}}'), 400),
        (error_script(404), 404),
        (error_script(500), 500),
        (DOWN, 502),
        (DragomanError(Kind.TIMEOUT, "late", blame="upstream", phase="first_byte"), 504),
    ],
)
def test_a_poison_request_causes_three_attempts_at_most(answer: Script | DragomanError, status: int) -> None:
    desk = Desk(lambda request: answer, make_provider("a", keys=9), make_provider("b", keys=9))
    assert status_of(desk.ask(make_body(1))) == status
    assert len(desk.transport.requests) <= 3


def test_a_request_that_cannot_be_translated_is_never_sent() -> None:
    desk = Desk(lambda request: whole(), make_provider("a", keys=9))
    assert status_of(desk.ask(b'{"model":"r","max_tokens":9,"messages":[{"role":7}]}', "anthropic_messages")) == 400
    assert desk.transport.requests == []


@pytest.mark.parametrize("answer", [DOWN, error_script(503), error_script(500)], ids=["refused", "503", "500"])
def test_in_a_full_outage_attempts_stay_below_one_and_a_fifth_of_the_requests(answer: Script | DragomanError) -> None:
    async def scenario() -> None:
        keys = Keys(3)
        keys.dead = {1: answer, 2: answer, 3: answer}
        statuses = await keys.ask(600, step_seconds=0.5)
        assert 200 not in statuses
        assert len(keys.desk.transport.requests) <= 1.2 * 600

    run(scenario())


BLAMELESS = (
    error_script(400),
    error_script(422),
    error_script(413),
    error_script(400, b'{"error":{"message":"long","type":"x","code":"context_length_exceeded"}}'),
    error_script(400, b'{"error":{"message":"bad","type":"x","code":"content_policy_violation"}}'),
    error_script(409),
)


@pytest.mark.parametrize("answer", BLAMELESS)
def test_a_hundred_bad_requests_of_one_caller_cost_another_nothing(answer: Script) -> None:
    async def scenario() -> None:
        keys = Keys(2)
        bad = make_body(1).replace(b"task 1", b"poison")

        def answer_by_body(request: OutgoingRequest) -> Script | DragomanError:
            return answer if b"poison" in request.body else keys.answer(request)

        keys.desk.transport._next_script = answer_by_body
        for number in range(100):
            assert status_of(await keys.desk.serve(bad, principal="a")) >= 400
            assert status_of(await keys.desk.serve(make_body(number), principal="b")) == 200
        pool = keys.desk.board.pools["a"]
        assert [rest for _, rest in pool.describe("m", keys.desk.clock.monotonic())] == [None, None]

    run(scenario())


def test_callers_who_leave_are_not_held_against_a_key() -> None:
    async def scenario() -> None:
        desk = Desk(lambda request: Script(before_head=(asyncio.Event(),)), make_provider("a", keys=2))
        for number in range(20):
            task = asyncio.ensure_future(desk.serve(make_body(number)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert [rest for _, rest in desk.board.pools["a"].describe("m", desk.clock.monotonic())] == [None, None]

    run(scenario())


def test_whatever_happens_every_key_is_given_back() -> None:
    async def scenario() -> None:
        random = Random(11)
        cut = streamed(*CHAT_STREAM[:2], DragomanError(Kind.UNAVAILABLE, "cut", blame="upstream", phase="stream"))
        ends: list[Script | DragomanError] = [whole(), streamed(), cut, DOWN, *REFUSALS, *BLAMELESS]
        ends += [error_script(500), error_script(429, retry_after="0"), Script(before_head=(asyncio.Event(),))]
        providers = [make_provider(name, keys=3) for name in "ab"]
        desk = Desk(lambda request: random.choice(ends), *providers)
        tasks = []
        for number in range(400):
            body = CHAT_STREAM_REQUEST if number % 2 else make_body(number)
            tasks.append(asyncio.ensure_future(desk.serve(body)))
            if number % 10 == 0:
                await asyncio.sleep(0)
                desk.clock.advance(0.5)
        for _ in range(50):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for pool in desk.board.pools.values():
            assert [key.in_flight for key in pool.keys] == [0, 0, 0]
            assert pool.health("m").in_flight == 0
            states = [state for key in pool.keys for state in key.models.values()]
            assert {(state.unanswered, state.unanswered_tokens) for state in states} == {(0, 0)}
        assert desk.board.room.count == 0

    run(scenario())


def test_once_content_was_sent_nobody_else_is_asked() -> None:
    cut = DragomanError(Kind.UNAVAILABLE, "cut", blame="upstream", phase="stream")
    desk = Desk([streamed(*CHAT_STREAM[:2], cut)], make_provider("a", keys=3), make_provider("b"))
    sink = desk.ask(CHAT_STREAM_REQUEST)
    assert len(desk.transport.requests) == 1
    said = b"".join(sink.chunks)
    assert said.count(b"Hello!") == 1
    assert b"[DONE]" not in said
    assert b'"error"' in said

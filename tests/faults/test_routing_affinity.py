"""Two hundred conversations of agents over six keys, on a clock that only the test moves: how many turns find the cache
that the turn before has warmed, as the providers themselves would tell it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from dragoman.service.metering.settle import build_row
from dragoman.upstream.scripted import Script
from dragoman.upstream.transport import OutgoingRequest
from tests.unit.service.desk import Desk, RecordingSink, error_script, make_provider, make_switchboard, run

CONVERSATIONS = 200
TURNS = 20
KEYS = 6
CACHE_SECONDS = 300.0
SYSTEM = {"role": "system", "content": "You are an agent that all conversations share."}


class CachingProvider:
    """Each of its keys has a cache of its own, which keeps the beginning of a conversation for five minutes."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._warm: dict[tuple[bytes, str], float] = {}
        self.limited: set[bytes] = set()
        self.turns: dict[str, list[bytes]] = defaultdict(list)
        self.warm_turns = 0
        self.later_turns = 0

    def answer(self, request: OutgoingRequest) -> Script:
        key = dict(request.headers)[b"authorization"]
        if key in self.limited:
            return error_script(429, retry_after="20")
        messages: list[dict[str, Any]] = json.loads(request.body)["messages"]
        opening, now = messages[1]["content"], self._now()
        is_warm = self._warm.get((key, opening), 0.0) > now
        self._warm[key, opening] = now + CACHE_SECONDS
        self.turns[opening].append(key)
        if len(messages) > 2:
            self.later_turns += 1
            self.warm_turns += is_warm
        size = 100 * len(messages)
        usage = {"prompt_tokens": size, "completion_tokens": 10, "total_tokens": size + 10}
        usage_details = {"prompt_tokens_details": {"cached_tokens": size - 100 if is_warm else 0}}
        choice = {"index": 0, "message": {"role": "assistant", "content": "Done."}, "finish_reason": "stop"}
        answer = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        body = json.dumps({**answer, "usage": {**usage, **usage_details}}).encode()
        return Script(headers=[(b"content-type", b"application/json")], chunks=(body,))


class Agents:
    """Conversations that take turns in no order, a turn every few seconds each."""

    def __init__(self, keys: int = KEYS) -> None:
        self.desk = Desk([], make_provider("a", keys=keys))
        self.provider = CachingProvider(self.desk.clock.monotonic)
        self.desk.transport._next_script = self.provider.answer
        self._random = Random(5)

    async def talk(self, turns: range, disturb: Callable[[int], None] = lambda turn: None) -> Counter[int]:
        statuses: Counter[int] = Counter()
        for turn in turns:
            disturb(turn)
            for number in self._random.sample(range(CONVERSATIONS), CONVERSATIONS):
                self.desk.clock.advance(0.05)
                sink = await self.desk.serve(self._build(number, turn))
                statuses[status_of(sink)] += 1
        return statuses

    def _build(self, number: int, turn: int) -> bytes:
        opening = {"role": "user", "content": f"Mend the fault number {number}."}
        said = [{"role": ("assistant", "user")[later % 2], "content": f"Step {later}."} for later in range(2 * turn)]
        return json.dumps({"model": "r", "messages": [SYSTEM, opening, *said]}).encode()


def status_of(sink: RecordingSink) -> int:
    assert sink.reply is not None
    return sink.reply.status


def test_of_two_hundred_conversations_nearly_every_turn_finds_its_cache_warm_and_the_meter_shows_it_by_key() -> None:
    agents = Agents()
    assert run(agents.talk(range(TURNS))) == {200: CONVERSATIONS * TURNS}
    provider = agents.provider
    assert provider.warm_turns == provider.later_turns == CONVERSATIONS * (TURNS - 1)
    shares = {}
    rows = [build_row(exchange, 0.0) for exchange in agents.desk.settled]
    for key in {row.credential for row in rows}:
        mine = [row for row in rows if row.credential == key]
        shares[key] = sum(row.cache_read for row in mine) / sum(row.input for row in mine)
    assert len(shares) == KEYS
    assert min(shares.values()) > 0.85


def test_keys_that_are_limited_now_and_then_cost_few_turns_their_cache() -> None:
    agents = Agents()
    provider = agents.provider

    def disturb(turn: int) -> None:
        provider.limited = {b"Bearer %d" % (turn // 4 % KEYS + 1)} if turn % 4 == 2 else set()

    assert run(agents.talk(range(TURNS), disturb)) == {200: CONVERSATIONS * TURNS}
    assert provider.warm_turns / provider.later_turns >= 0.95


@pytest.mark.parametrize("taken", [False, True], ids=["added", "taken away"])
def test_a_key_that_comes_or_goes_moves_its_own_share_and_nobody_else(taken: bool) -> None:
    async def scenario() -> None:
        agents = Agents(KEYS + taken)
        await agents.talk(range(2))
        before = {opening: keys[-1] for opening, keys in agents.provider.turns.items()}
        provider = make_provider("a", keys=KEYS + (not taken))
        agents.desk.board = make_switchboard(provider)
        await agents.talk(range(2, 4))
        after = {opening: keys[-1] for opening, keys in agents.provider.turns.items()}
        moved = {before[opening] if taken else after[opening] for opening in after if before[opening] != after[opening]}
        assert moved == {b"Bearer 7"}
        assert sum(before[opening] != after[opening] for opening in after) <= CONVERSATIONS * (1 / 6 + 0.05)

    run(scenario())

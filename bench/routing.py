"""What a choice costs: the CPU time that a route of twenty targets and fifty keys adds to a request, without sockets.

Both ways are those of a request: its route, its conversation, the plan of attempts, and a key that is held and given
back. One goes to a provider with a single key; the other through a weighted route over two providers with twenty-five
keys each, all of which tell what is left of their limits.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.results import Result
from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import read_settings
from dragoman.clock import SystemClock
from dragoman.dialects.base import ClientSide, Envelope
from dragoman.dialects.registry import DIALECTS
from dragoman.model.request import Request
from dragoman.routing.attempts import plan_attempts
from dragoman.routing.limit_headers import Reading
from dragoman.routing.target import Attempt
from dragoman.service.exchange import Inbound
from dragoman.service.switchboard import Switchboard
from dragoman.service.way import find_way

PROVIDERS = 2
KEYS_PER_PROVIDER = 25
TARGETS = 20
CONVERSATIONS = 500
ROUNDS = 7
CALLS = 4000
DIALECT = "openai_chat"
READINGS = [Reading("requests", 1e9, 60.0, 1e9), Reading("tokens", 1e12, 60.0, 1e12)]

SINGLE, CHOICE = "single/some-model", "choice"


def build_settings_text() -> str:
    """Nobody of them is called."""
    common = {"dialect": DIALECT, "base_url": "http://127.0.0.1:9/v1"}
    keys = ",".join(f"key-{number}" for number in range(KEYS_PER_PROVIDER))
    pools = {f"pool-{number}": {**common, "api_key": keys} for number in range(PROVIDERS)}
    targets = [f"pool-{number % PROVIDERS}/model-{number}" for number in range(TARGETS)]
    return json.dumps(
        {
            "discover_providers": False,
            "providers": {"single": {**common, "api_key": "key"}, **pools},
            "routes": {CHOICE: {"targets": targets, "policy": "weighted"}},
        }
    )


def load_board() -> Switchboard:
    """A switchboard whose pools have heard of limits from every key."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dragoman.yaml"
        path.write_text(build_settings_text())
        board = build_switchboard(read_settings(path, {"HOME": folder}))
    now = SystemClock.monotonic()
    for target in (*board.resolver.resolve(CHOICE).targets, *board.resolver.resolve(SINGLE).targets):
        pool = board.pools[target.provider.name]
        for credential in pool.credentials:
            lease = pool.lease(credential, target.model, 0, now)
            lease.learn(READINGS, now)
            lease.succeed(now)
    return board


def build_chooser(board: Switchboard, model: str) -> Callable[[], None]:
    """One call of it routes one request."""
    client = DIALECTS[DIALECT].client
    assert client is not None
    turns = cycle([_open(client, model, number) for number in range(CONVERSATIONS)])

    def choose() -> None:
        inbound, envelope = next(turns)
        now = SystemClock.monotonic()
        way = find_way(board, inbound, envelope, now, _parse_nothing)
        plan = plan_attempts(way.route, board.pools, way.wish, SystemClock.monotonic, random.random)
        attempt = next(plan)
        assert isinstance(attempt, Attempt)
        pool = board.pools[attempt.target.provider.name]
        pool.lease(attempt.credential, attempt.target.model, way.wish.tokens, now).succeed(now, 100, 0.1)
        next(plan, None)

    return choose


def _open(client: ClientSide, model: str, number: int) -> tuple[Inbound, Envelope]:
    body = {"model": model, "messages": [{"role": "user", "content": f"Tell me of harbour number {number}."}]}
    content = json.dumps(body).encode()
    return Inbound(client, content), client.open_envelope(content, None, None)


def _parse_nothing(_: Envelope) -> Request:
    raise AssertionError("targets that can all do the same need no look into the request")


def time_call(call: Callable[[], None]) -> float:
    """Microseconds of CPU time for each call: the median of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(CALLS):
            call()
        rounds.append((time.process_time() - started) / CALLS * 1e6)
    return statistics.median(rounds)


def time_routing(case: str) -> Result:
    """What the choice costs beyond a request that has none."""
    board = load_board()
    single, choice = (time_call(build_chooser(board, model)) for model in (SINGLE, CHOICE))
    return Result(case, choice - single, note=f"{choice:.1f} µs, beside {single:.1f} µs where there is no choice")

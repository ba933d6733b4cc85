"""A minute of real time each: limits that are only learnt from headers, and keys that die and are mended under load."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e import raw
from tests.e2e.gateway import CANARY, Gateway, running_gateway
from tests.faults.judge import BASE_PATHS, running_judge
from tests.simulator import Fault, Simulator

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]

RUN_SECONDS = 60.0
AT_ONCE = 32
KEYS = 4
PER_MINUTE = 120
SHARE = 0.95
NAMES = {"chat": "openai_chat", "anthropic": "anthropic_messages"}


def run_steadily(ask: Callable[[int], int], per_second: float, seconds: float) -> Counter[int]:
    """Ask at an even pace, whether answers have come or not; how often each status was seen."""
    pace = threading.Event()
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = []
        for number in range(int(seconds * per_second)):
            pace.wait(max(began + number / per_second - time.monotonic(), 0.0))
            asked.append(threads.submit(ask, number))
        return Counter(one.result() for one in asked)


def write_pool(dialect: str, base_url: str, count: int) -> str:
    keys = ",".join(f"{CANARY}-{number}" for number in range(1, count + 1))
    provider = {"dialect": NAMES[dialect], "base_url": base_url, "api_key": keys}
    return json.dumps({"discover_providers": False, "providers": {dialect: provider}})


def make_asker(gateway: Gateway, dialect: str) -> Callable[[int], int]:
    path, body = raw.address(dialect, f"{dialect}/some-model", stream=False)

    def ask(number: int) -> int:
        return raw.ask(gateway.url, path, body.replace(b"Hi.", f"Task {number}.".encode())).status

    return ask


@pytest.mark.parametrize("dialect", NAMES)
def test_no_refusal_is_provoked_for_a_minute_at_95_percent_of_limits_that_are_only_learnt(
    dialect: str, tmp_path: Path
) -> None:
    with running_judge(tmp_path, "--rpm", str(PER_MINUTE)) as judge:
        config = write_pool(dialect, judge.url + BASE_PATHS[dialect], KEYS)
        with running_gateway(tmp_path, config, log_level="warning") as gateway:
            ask = make_asker(gateway, dialect)
            for number in range(int(KEYS * PER_MINUTE * 0.9)):  # what the keys have saved up is used up first
                assert ask(number) == 200
            statuses = run_steadily(ask, KEYS * PER_MINUTE / 60 * SHARE, RUN_SECONDS)
        requests = judge.read_requests()
    assert statuses.keys() == {200}
    assert [request for request in requests if request["status"] == 429] == []


def test_keys_that_die_under_load_are_not_noticed_and_serve_within_a_minute_of_being_mended(tmp_path: Path) -> None:
    with Simulator() as simulator:
        simulator.set_default("Ahoy.")
        config = write_pool("chat", f"{simulator.url}/v1", 5)
        with running_gateway(tmp_path, config, log_level="error") as gateway:
            ask = make_asker(gateway, "chat")
            assert run_steadily(ask, 100, 3).keys() == {200}
            killed = [f"{CANARY}-{number}" for number in (1, 2, 4, 5)]
            for key, status in zip(killed, (401, 402, 403, 429), strict=True):
                code = "insufficient_quota" if status == 429 else None
                simulator.script(fault=Fault(status=status, code=code), key=key, times=None)
            assert run_steadily(ask, 100, 15).keys() == {200}
            refused = Counter(record.key for record in simulator.journal if record.status != 200)
            assert refused.keys() == set(killed)
            simulator.reset()
            simulator.set_default("Ahoy.")
            assert run_steadily(ask, 50, RUN_SECONDS).keys() == {200}
            served = Counter(record.key for record in simulator.journal)
    assert len(served) == 5

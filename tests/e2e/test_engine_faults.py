"""What goes wrong with workers: they die in the middle, the gateway dies, too many ask at once."""

from __future__ import annotations

import http.client
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from dragoman.engine.models import build_added, save_added
from tests.e2e.gateway import Gateway, running_gateway, wait_until
from tests.e2e.raw import Answered, ask, read_error
from tests.faults.lateness import Watch
from tests.tiny_models import THINKER

CONFIG = """
discover_providers: false
local: {{folder: {folder}, threads: 1, slots: 4, queue_limit: 8}}
providers: {{local: }}
"""
MODEL = "local/thinker"
TEXT = "What does a cow say?"
# A tiny model has said everything in milliseconds; one that has to list a thousand numbers is at it for a while.
LONG = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer"}, "minItems": 1000}}}
LONG_FORMAT = {"type": "json_schema", "name": "long", "schema": LONG}
STREAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": (
        "/v1/chat/completions",
        {
            "messages": [{"role": "user", "content": TEXT}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "long", "schema": LONG}},
        },
    ),
    "responses": ("/v1/responses", {"input": TEXT, "text": {"format": LONG_FORMAT}}),
    "anthropic": (
        "/v1/messages",
        {
            "max_tokens": 8000,
            "messages": [{"role": "user", "content": TEXT}],
            "output_config": {"format": {"type": "json_schema", "schema": LONG}},
        },
    ),
    "gemini": (
        f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse",
        {
            "contents": [{"role": "user", "parts": [{"text": TEXT}]}],
            "generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": LONG},
        },
    ),
}
ENDS = {
    "chat": b'data: {"error":{',
    "responses": b"event: response.failed\n",
    "anthropic": b"event: error\n",
    "gemini": b'data: {"error":{',
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("models")
    save_added(folder, {"thinker": build_added("thinker", THINKER, context_tokens=16_384)})
    with running_gateway(tmp_path_factory.mktemp("gateway"), CONFIG.format(folder=folder)) as running:
        yield running


def find_workers(gateway: Gateway) -> list[int]:
    """The workers that the gateway has started and that run."""
    threads = Path(f"/proc/{gateway.process.pid}/task").iterdir()
    pids = [int(pid) for thread in threads for pid in (thread / "children").read_text().split()]
    return [pid for pid in pids if is_running(pid) and b"engine.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ask_chat(gateway: Gateway, **more: object) -> Answered:
    body = {"model": MODEL, "messages": [{"role": "user", "content": TEXT}], "max_tokens": 30, **more}
    return ask(gateway.url, "/v1/chat/completions", json.dumps(body).encode())


@contextmanager
def begun_stream(gateway: Gateway, dialect: str) -> Iterator[http.client.HTTPResponse]:
    """A long answer of which the beginning has come."""
    path, body = STREAMS[dialect]
    if dialect != "gemini":
        body = {**body, "model": MODEL, "stream": True}
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    with closing(connection):
        connection.request("POST", path, json.dumps(body).encode(), {"content-type": "application/json"})
        with connection.getresponse() as response:
            begun = b""
            while response.status == 200 and len(begun) < 1500:
                begun += response.read1(65_536)
            assert begun, response.read()
            assert ENDS[dialect] not in begun, begun
            yield response


@pytest.mark.parametrize("dialect", STREAMS)
def test_a_worker_that_dies_in_the_middle_is_told_within_a_second_and_replaced_within_two(
    gateway: Gateway, dialect: str
) -> None:
    with begun_stream(gateway, dialect) as response:
        (worker,) = find_workers(gateway)
        with Watch(gateway) as telling:
            os.kill(worker, signal.SIGSEGV)
            rest = response.read()
    assert ENDS[dialect] in rest, rest
    assert telling.passed < telling.most_late
    with Watch(gateway) as replacing:
        assert ask_chat(gateway).status == 200
    assert replacing.passed < 1.0 + replacing.most_late


def test_a_client_that_leaves_frees_its_slot(gateway: Gateway) -> None:
    for _ in range(6):
        with begun_stream(gateway, "chat"):
            pass
    with Watch(gateway) as watch:
        assert ask_chat(gateway).status == 200
    assert watch.passed < 4.0 + watch.most_late


def test_fifty_at_once_are_all_answered_or_told_to_come_back(gateway: Gateway) -> None:
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda number: ask_chat(gateway, seed=number), range(50)))
    outcomes = Counter(answer.status for answer in answers)
    assert outcomes[200] >= 12
    assert outcomes.keys() <= {200, 503}
    for answer in answers:
        if answer.status == 503:
            assert int(answer.headers["retry-after"]) > 0
            assert "thinker" in read_error("chat", answer)
        else:
            assert answer.json["choices"][0]["finish_reason"] in {"stop", "length"}


def test_no_worker_outlives_a_gateway_that_is_stopped_or_killed(tmp_path: Path) -> None:
    save_added(tmp_path / "models", {"thinker": build_added("thinker", THINKER)})
    for number in (signal.SIGTERM, signal.SIGKILL):
        folder = tmp_path / number.name
        folder.mkdir()
        with running_gateway(folder, CONFIG.format(folder=tmp_path / "models")) as gateway:
            assert ask_chat(gateway).status == 200
            (worker,) = find_workers(gateway)
            gateway.stop(number)
            assert wait_until(lambda pid=worker: not is_running(pid))

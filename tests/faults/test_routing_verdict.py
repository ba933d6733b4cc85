"""Somebody else's judgement: llmock breaks in every way that it knows, and finds no fault in how the gateway copes.

A fault comes after enough requests that went well to leave room for retries; a stream that broke after the client had
seen some of it is asked for again by the client, as an agent would.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from dragoman.routing.attempts import LEAST_PAUSE_SECONDS
from tests.e2e import raw
from tests.e2e.gateway import CANARY, Gateway, running_gateway
from tests.faults.judge import BASE_PATHS, Judge, running_judge
from tests.faults.lateness import GRACE_SECONDS, Watch

DIALECTS = {
    "chat": "openai_chat",
    "responses": "openai_responses",
    "anthropic": "anthropic_messages",
    "gemini": "gemini_generate",
}
CALM_REQUESTS = 10
IDLE_SECONDS = 2.0
STALL_SECONDS = 6.0
REFUSALS = (400, 401, 403, 404, 422)
TROUBLES = (409, 500, 502, 503, 504, 529)
CUTS = ("disconnect", "truncate", "malformed", "stall")
STREAM_ENDS = {
    "chat": b'"error":',
    "responses": b"response.failed",
    "anthropic": b"event: error",
    "gemini": b'{"error":',
}

_numbers = count()


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    with running_judge(tmp_path_factory.mktemp("judge")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    providers = {
        name: {"dialect": dialect, "base_url": judge.url + BASE_PATHS[name], "api_key": CANARY}
        for name, dialect in DIALECTS.items()
    }
    timeouts = {"first_byte_seconds": 20, "idle_seconds": IDLE_SECONDS, "progress_seconds": 20}
    settings = {"discover_providers": False, "providers": providers, "timeouts": timeouts}
    with running_gateway(tmp_path_factory.mktemp("verdict"), json.dumps(settings)) as running:
        yield running


def ask(gateway: Gateway, dialect: str, text: str, *, stream: bool = False) -> raw.Answered:
    path, body = raw.address(dialect, f"{dialect}/some-model", stream=stream)
    return raw.ask(gateway.url, path, body.replace(b"Hi.", text.encode()))


def invent() -> str:
    """A text that no request had before, since the judge takes equal requests for one that is tried again."""
    return f"Task {next(_numbers)}."


def calm_down(gateway: Gateway, dialect: str) -> None:
    for _ in range(CALM_REQUESTS):
        assert ask(gateway, dialect, invent()).status == 200


def check_verdict(judge: Judge, but: str = "") -> None:
    verdict = judge.read_verdict()
    assert [finding for finding in verdict["findings"] if finding["code"] != but] == []
    assert verdict["faults_injected"] > 0


@pytest.fixture(autouse=True)
def fresh(judge: Judge) -> None:
    raw.ask(judge.url, "/_llmock/reset", b"")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_passes_is_tried_again_unseen_and_what_cannot_be_mended_is_told_at_once(
    dialect: str, gateway: Gateway, judge: Judge
) -> None:
    for status in (*REFUSALS, *TROUBLES):
        calm_down(gateway, dialect)
        judge.script({"type": "fail", "status": status, **({"retry_after": 0.1} if status > 502 else {})})
        answered = ask(gateway, dialect, invent(), stream=status % 2 == 1)
        if status in TROUBLES:
            assert answered.status == 200, (status, answered.body)
        else:
            assert answered.status != 200, status
    check_verdict(judge)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_wait_that_was_asked_for_is_kept_and_pauses_grow(dialect: str, gateway: Gateway, judge: Judge) -> None:
    calm_down(gateway, dialect)
    judge.script({"type": "fail", "status": 429, "retry_after": 0.7})
    assert ask(gateway, dialect, invent()).status == 200
    calm_down(gateway, dialect)
    judge.script({"type": "fail", "status": 500, "times": 2})
    with Watch(gateway) as watch:
        assert ask(gateway, dialect, invent()).status == 200
    # Its clock counts what the machine adds, which on a busy one is more than by what the second pause is longer.
    check_verdict(judge, but="" if watch.most_late < GRACE_SECONDS + LEAST_PAUSE_SECONDS else "no_backoff")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_stream_that_breaks_is_never_taken_for_whole(dialect: str, gateway: Gateway, judge: Judge) -> None:
    for cut in CUTS:
        calm_down(gateway, dialect)
        chunks = 0 if cut == "disconnect" else 3
        fault: dict[str, Any] = {
            "type": "stream_fault",
            "kind": cut,
            "after_chunks": chunks,
            "stall_seconds": STALL_SECONDS,
        }
        judge.script(fault)
        text = invent()
        answered = ask(gateway, dialect, text, stream=True)
        if answered.status >= 500 or STREAM_ENDS[dialect] in answered.body:
            judge.read_requests()  # waits until the judge has seen the first one end: else it takes this for another
            answered = ask(gateway, dialect, text, stream=True)
        assert answered.status == 200, answered.body
        assert STREAM_ENDS[dialect] not in answered.body
    broken = [one for one in judge.read_requests() if (one["fault"] or "").startswith("stream:malformed")]
    # One whose rest had left the judge before we could hang up counts as read to its end there, whatever we told.
    check_verdict(judge, but="malformed_chunk_ignored" if any(one["completed"] for one in broken) else "")

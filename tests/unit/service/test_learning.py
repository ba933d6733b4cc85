"""A refusal tells the wait, in whichever form the provider says it."""

from __future__ import annotations

import pytest

from dragoman.clock import FixedClock
from dragoman.dialects.registry import DIALECTS
from dragoman.service.learning import read_refusal
from dragoman.upstream.scripted import Script, ScriptedAnswer

CLOCK = FixedClock(unix=1_750_000_000.0)
SIDE = DIALECTS["openai_chat"].provider
BODY = b'{"error":{"message":"no","type":"x","code":null}}'


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {b"retry-after": b"7"}, 7.0),
        (429, {b"retry-after": b"Sun, 15 Jun 2025 15:06:49 GMT"}, 9.0),
        (503, {b"retry-after": b"Sun, 15 Jun 2025 15:06:49 GMT"}, 9.0),
        (429, {b"x-ratelimit-remaining-requests": b"0", b"x-ratelimit-reset-requests": b"1m2s"}, 62.0),
        (429, {b"x-ratelimit-remaining-requests": b"5", b"x-ratelimit-reset-requests": b"1m2s"}, None),
        (429, {}, None),
        (400, {b"retry-after": b"Sun, 15 Jun 2025 15:06:49 GMT"}, None),
    ],
)
def test_a_refusal_tells_its_wait(status: int, headers: dict[bytes, bytes], seconds: float | None) -> None:
    assert SIDE is not None
    answer = ScriptedAnswer(Script(status=status, headers=list(headers.items())))
    assert read_refusal(SIDE, answer, BODY, CLOCK).retry_after_seconds == seconds

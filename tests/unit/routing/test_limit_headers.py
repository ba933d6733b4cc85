"""The headers of each provider that tells of its limits, as they are on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.routing.limit_headers import (
    UNSAID_RESET_SECONDS,
    Reading,
    find_wait,
    parse_reset,
    read_limits,
    read_retry_after,
)

NOW = 1_750_000_000.0  # 2025-06-15T15:06:40Z


def headers(**fields: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]


Expected = dict[str, tuple[float, float, float | None]]

DIALECTS: dict[str, tuple[list[tuple[bytes, bytes]], Expected]] = {
    "openai": (
        headers(
            x_ratelimit_limit_requests="500",
            x_ratelimit_remaining_requests="0",
            x_ratelimit_reset_requests="6m0.5s",
            x_ratelimit_limit_tokens="30000",
            x_ratelimit_remaining_tokens="29000",
            x_ratelimit_reset_tokens="2ms",
        ),
        {"requests": (0, 360.5, 500), "tokens": (29000, 0.002, 30000)},
    ),
    "anthropic": (
        headers(
            anthropic_ratelimit_requests_limit="50",
            anthropic_ratelimit_requests_remaining="0",
            anthropic_ratelimit_requests_reset="2025-06-15T15:07:10Z",
            anthropic_ratelimit_input_tokens_limit="40000",
            anthropic_ratelimit_input_tokens_remaining="39000",
            anthropic_ratelimit_input_tokens_reset="2025-06-15T15:06:41Z",
            anthropic_version="2023-06-01",
            anthropic_organization_id="org",
        ),
        {"requests": (0, 30, 50), "input-tokens": (39000, 1, 40000)},
    ),
    "groq": (
        headers(
            x_ratelimit_limit_requests="14400",
            x_ratelimit_remaining_requests="14370",
            x_ratelimit_reset_requests="2m59.56s",
        ),
        {"requests": (14370, 179.56, 14400)},
    ),
    "cerebras": (
        headers(
            x_ratelimit_limit_requests_day="1440",
            x_ratelimit_remaining_requests_day="7",
            x_ratelimit_reset_requests_day="33011.38",
            x_ratelimit_limit_tokens_minute="60000",
            x_ratelimit_remaining_tokens_minute="0",
            x_ratelimit_reset_tokens_minute="11.5",
        ),
        {"requests-day": (7, 33011.38, 1440), "tokens-minute": (0, 11.5, 60000)},
    ),
    "openrouter": (
        headers(x_ratelimit_limit="20", x_ratelimit_remaining="0", x_ratelimit_reset="1750000042000"),
        {"requests": (0, 42, 20)},
    ),
    "together": (
        headers(x_ratelimit_limit="600", x_ratelimit_remaining="599", x_ratelimit_reset="1"),
        {"requests": (599, 1, 600)},
    ),
    "unix-seconds": (headers(ratelimit_remaining="3", ratelimit_reset="1750000007"), {"requests": (3, 7, None)}),
    "azure": (
        headers(x_ratelimit_remaining_requests="0", x_ratelimit_remaining_tokens="900"),
        {"requests": (0, UNSAID_RESET_SECONDS, None), "tokens": (900, UNSAID_RESET_SECONDS, None)},
    ),
    "mistral": (
        headers(x_ratelimitbysize_limit_minute="500000", x_ratelimitbysize_remaining_minute="12"),
        {"tokens-minute": (12, UNSAID_RESET_SECONDS, 500000)},
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_of_headers_is_read(dialect: str) -> None:
    given_headers, expected = DIALECTS[dialect]
    readings = {reading.scope: reading for reading in read_limits(given_headers, NOW)}
    assert readings.keys() == expected.keys()
    for scope, (remaining, reset, limit) in expected.items():
        reading = readings[scope]
        assert reading == Reading(scope, remaining, reading.reset_seconds, limit)
        assert reading.reset_seconds == pytest.approx(reset)


@pytest.mark.parametrize(
    "nonsense",
    [
        headers(x_ratelimit_remaining="soon", x_ratelimit_reset="1"),
        headers(x_ratelimit_remaining="-1"),
        headers(x_ratelimit_remaining="1", x_ratelimit_reset="whenever"),
        headers(x_ratelimit_remaining="nan"),
        headers(x_ratelimit_reset="1"),
        headers(x_ratelimit="1", anthropic_ratelimit="2", ratelimit_policy="60;w=60"),
        [(b"x-ratelimit-remaining-\xff", b"\xff")],
    ],
)
def test_what_makes_no_sense_is_not_there(nonsense: list[tuple[bytes, bytes]]) -> None:
    assert read_limits(nonsense, NOW) == ()


@pytest.mark.parametrize(
    ("given_headers", "seconds"),
    [
        (headers(retry_after="7"), 7),
        (headers(retry_after="0.5"), 0.5),
        (headers(retry_after="Sun, 15 Jun 2025 15:06:49 GMT"), 9),
        (headers(retry_after="2025-06-15T15:06:49Z"), 9),
        (headers(retry_after="Sun, 15 Jun 2025 15:06:00 GMT"), 0),
        (headers(retry_after_ms="1250", retry_after="2"), 1.25),
        (headers(x_ms_retry_after_ms="80"), 0.08),
        (headers(retry_after_ms="x", retry_after="2"), 2),
        (headers(retry_after="-3"), None),
        (headers(retry_after="inf"), None),
        (headers(retry_after="later"), None),
        ([], None),
    ],
)
def test_a_wait_is_read_in_every_form(given_headers: list[tuple[bytes, bytes]], seconds: float | None) -> None:
    assert read_retry_after(given_headers, NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "seconds"), [("1h2m3.5s", 3723.5), ("1d", 86400), ("250us", 0.00025), ("0s", 0), ("12", 12), ("m5", None)]
)
def test_resets_are_durations_numbers_or_moments(text: str, seconds: float | None) -> None:
    assert parse_reset(text.encode(), NOW) == (None if seconds is None else pytest.approx(seconds))


def test_the_wait_is_that_of_what_has_run_out() -> None:
    left, gone, gone_longer = Reading("a", 5, 99), Reading("b", 0, 3), Reading("c", 0, 7)
    assert find_wait([left]) is None
    assert find_wait([left, gone, gone_longer]) == 7


@given(
    st.lists(st.tuples(st.sampled_from([b"x-ratelimit-remaining", b"x-ratelimit-reset", b"retry-after"]), st.binary()))
)
def test_no_bytes_break_the_reader(pairs: list[tuple[bytes, bytes]]) -> None:
    for reading in read_limits(pairs, NOW):
        assert reading.remaining >= 0
        assert reading.reset_seconds >= 0
    wait = read_retry_after(pairs, NOW)
    assert wait is None or wait >= 0

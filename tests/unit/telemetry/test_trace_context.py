"""W3C trace context: what is by the book is continued, what is not goes nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.telemetry.trace_context import (
    TraceParent,
    continue_trace,
    derive_span_id,
    derive_trace_id,
    emit_traceparent,
    parse_traceparent,
)

GOOD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_traceparent_is_read() -> None:
    parent = TraceParent(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, is_sampled=True)
    assert parse_traceparent(GOOD) == parent
    assert emit_traceparent(parent) == GOOD


def test_one_that_is_not_sampled_says_so() -> None:
    parent = parse_traceparent(GOOD[:-2] + "00")
    assert parent is not None
    assert not parent.is_sampled


def test_a_later_version_may_say_more() -> None:
    assert parse_traceparent("cc" + GOOD[2:] + "-what-the-future-holds") is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD[:-1],
        GOOD + "-more",
        "ff" + GOOD[2:],
        GOOD.upper(),
        GOOD.replace("-", "_"),
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        "cc" + GOOD[2:] + ".x",
        "0x" + GOOD[2:],
    ],
)
def test_what_is_not_by_the_book_is_no_trace(text: str) -> None:
    assert parse_traceparent(text) is None
    assert continue_trace(text, "ex_1", 1) == b""


@given(st.text(max_size=80))
def test_any_text_is_read_or_not(text: str) -> None:
    parent = parse_traceparent(text)
    assert parent is None or parse_traceparent(emit_traceparent(parent)) == parent


def test_a_provider_is_told_the_span_of_its_attempt() -> None:
    told = parse_traceparent(continue_trace(GOOD, "ex_1", 2).decode())
    assert told == TraceParent(0x0AF7651916CD43DD8448EB211C80319C, derive_span_id("ex_1", 2), is_sampled=True)


def test_ids_differ_by_exchange_and_attempt_and_are_never_nothing() -> None:
    ids = {derive_span_id(f"ex_{one}", attempt) for one in range(50) for attempt in range(3)}
    assert len(ids) == 150
    assert 0 not in ids
    assert derive_trace_id("ex_1") == derive_trace_id("ex_1") != derive_trace_id("ex_2")

"""Token counts: classes that never overlap, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.usage import emit_usage, parse_usage
from dragoman.model.usage import Usage

REPORTED: dict[str, Any] = {
    "input_tokens": 2112,
    "input_tokens_details": {"cached_tokens": 1800, "cache_write_tokens": 300},
    "output_tokens": 60,
    "output_tokens_details": {"reasoning_tokens": 45},
    "total_tokens": 2172,
}


def test_cached_and_reasoning_tokens_are_counted_once() -> None:
    usage = parse_usage(REPORTED)
    assert usage == Usage(input=12, cache_read=1800, cache_write_5m=300, output=15, reasoning=45, reported=REPORTED)
    assert emit_usage(usage) == REPORTED


@pytest.mark.parametrize("reported", [None, [], "none", 7])
def test_what_is_no_usage_is_none(reported: Any) -> None:
    assert parse_usage(reported) is None


def test_a_meter_that_makes_no_sense_counts_as_zero() -> None:
    usage = parse_usage(
        {
            "input_tokens": 5,
            "input_tokens_details": {"cached_tokens": 9},
            "output_tokens": -1,
            "output_tokens_details": 3,
        }
    )
    assert usage is not None
    assert (usage.input, usage.cache_read, usage.output, usage.reasoning) == (0, 9, 0, 0)


def test_all_classes_of_another_dialect_are_in_the_sums() -> None:
    emitted = emit_usage(Usage(1, 2, 4, 8, 16, 32, 64, 128, 256, 512))
    assert emitted["input_tokens"] == 63
    assert emitted["input_tokens_details"] == {"cached_tokens": 2, "cache_write_tokens": 12}
    assert emitted["output_tokens"] == 960
    assert emitted["output_tokens_details"] == {"reasoning_tokens": 128}
    assert emitted["total_tokens"] == 1023

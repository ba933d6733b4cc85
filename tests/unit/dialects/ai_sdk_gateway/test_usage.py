"""Sums of disjoint classes."""

from __future__ import annotations

from dragoman.dialects.ai_sdk_gateway.usage import emit_usage
from dragoman.model.usage import Usage


def test_sums_hold_all_classes_and_parts_do_not_overlap() -> None:
    usage = Usage(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, reported={"x": 1})
    assert emit_usage(usage) == {
        "inputTokens": {"total": 63, "noCache": 49, "cacheRead": 2, "cacheWrite": 12},
        "outputTokens": {"total": 960, "text": 832, "reasoning": 128},
        "raw": {"x": 1},
    }


def test_unknown_counts_are_left_out_and_not_told_as_zero() -> None:
    assert emit_usage(None) == {"inputTokens": {}, "outputTokens": {}}

"""The tables agree with each other and with the model."""

from __future__ import annotations

from typing import get_args

from dragoman.dialects.gemini_generate import wire
from dragoman.model.request import Effort
from dragoman.model.response import FinishReason


def test_every_canonical_finish_has_a_word_and_every_word_a_finish() -> None:
    assert set(wire.WIRE_BY_FINISH) == set(get_args(FinishReason))
    assert set(wire.WIRE_BY_FINISH.values()) <= set(wire.FINISH_BY_WIRE)
    assert set(wire.FINISH_BY_WIRE.values()) <= set(get_args(FinishReason))


def test_a_finish_that_is_not_named_approximate_means_the_same_after_a_round_trip() -> None:
    for reason, word in wire.WIRE_BY_FINISH.items():
        if reason not in wire.APPROXIMATE_FINISHES | {"tool_calls", "stop_sequence"}:
            assert wire.FINISH_BY_WIRE[word] == reason


def test_all_finish_words_of_the_api_are_known() -> None:
    words = """FINISH_REASON_UNSPECIFIED STOP MAX_TOKENS SAFETY RECITATION LANGUAGE OTHER BLOCKLIST PROHIBITED_CONTENT
        SPII MALFORMED_FUNCTION_CALL IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_OTHER NO_IMAGE IMAGE_RECITATION
        UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS MISSING_THOUGHT_SIGNATURE MALFORMED_RESPONSE ESCALATION"""
    assert set(words.split()) <= set(wire.FINISH_BY_WIRE)


def test_every_effort_has_a_level() -> None:
    assert set(wire.LEVEL_BY_EFFORT) == set(get_args(Effort))
    for level, effort in wire.EFFORT_BY_LEVEL.items():
        assert wire.LEVEL_BY_EFFORT[effort] == level
        assert effort not in wire.INEXACT_LEVELS

"""Tables that must not have holes."""

from __future__ import annotations

from typing import get_args

from dragoman.dialects.openai_chat.wire import APPROXIMATE_FINISHES, CUT_FINISHES, FINISH_FROM_WIRE, FINISH_TO_WIRE
from dragoman.model.response import FinishReason

OPENAI_WORDS = {"stop", "length", "tool_calls", "content_filter", "function_call"}


def test_every_reason_has_one_of_openais_words() -> None:
    assert set(FINISH_TO_WIRE) == set(get_args(FinishReason))
    assert set(FINISH_TO_WIRE.values()) <= OPENAI_WORDS


def test_openais_words_mean_what_they_say() -> None:
    assert set(FINISH_FROM_WIRE) >= OPENAI_WORDS
    for word in OPENAI_WORDS - {"function_call"}:
        assert FINISH_TO_WIRE[FINISH_FROM_WIRE[word]] == word


def test_half_an_answer_is_never_told_as_a_whole_one() -> None:
    assert all(FINISH_TO_WIRE[reason] != "stop" for reason in CUT_FINISHES)
    assert "error" in APPROXIMATE_FINISHES

"""Why an answer ended, both ways."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from dragoman.dialects.openai_chat.finish import emit_finish, parse_finish
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.dialects.openai_chat.wire import APPROXIMATE_FINISHES, FINISH_FROM_WIRE, FINISH_TO_WIRE
from dragoman.model.loss import Loss
from dragoman.model.response import Finish, FinishReason


@pytest.mark.parametrize("word", [*FINISH_FROM_WIRE, "gave_up", ""])
def test_a_providers_word_goes_back_to_its_own_dialect(word: str) -> None:
    finish = parse_finish(word, {})
    assert finish.reason == FINISH_FROM_WIRE.get(word, "other")
    assert finish.wire == word
    losses: list[Loss] = []
    assert emit_finish(finish, Outlet(losses), "candidates[0]", has_refusal=False) == word
    assert losses == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [({"has_calls": True}, "tool_calls"), ({"has_refusal": True}, "refusal"), ({}, "stop")],
)
def test_stop_is_corrected_by_what_was_said(told: dict[str, bool], reason: str) -> None:
    finish = parse_finish("stop", {}, **told)
    assert finish.reason == reason
    assert emit_finish(finish, Outlet([]), "", has_refusal=False) == "stop"


def test_a_cut_answer_with_calls_stays_cut() -> None:
    assert parse_finish("length", {}, has_calls=True).reason == "length"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ({"stop_reason": "4"}, Finish("stop_sequence", "4", "stop", {"openai_chat": {"stop_reason": "4"}})),
        ({"stop_reason": 128001}, Finish("stop", None, "stop", {"openai_chat": {"stop_reason": 128001}})),
        ({"stop_reason": "end_turn"}, Finish("stop", None, "stop", {"openai_chat": {"stop_reason": "end_turn"}})),
    ],
)
def test_vllm_tells_which_stop_sequence_was_met(rest: dict[str, Any], expected: Finish) -> None:
    assert parse_finish("stop", rest) == expected


@pytest.mark.parametrize("reason", get_args(FinishReason))
def test_another_dialects_finish_becomes_one_of_openais_words(reason: FinishReason) -> None:
    losses: list[Loss] = []
    word = emit_finish(Finish(reason, wire="end_turn"), Outlet(losses), "candidates[0]", has_refusal=False)
    assert word == FINISH_TO_WIRE[reason]
    assert [loss.code for loss in losses] == (["approximated"] if reason in APPROXIMATE_FINISHES else [])


def test_what_openai_has_no_word_for_is_told_as_a_loss() -> None:
    assert sorted(APPROXIMATE_FINISHES) == ["context_length", "error", "other", "pause", "refusal"]


def test_a_refusal_told_in_its_own_words_is_a_stop() -> None:
    assert emit_finish(Finish("refusal"), Outlet([]), "", has_refusal=True) == "stop"
    assert emit_finish(Finish("refusal"), Outlet([]), "", has_refusal=False) == "content_filter"


@pytest.mark.parametrize("word", [None, 3, [], {}])
def test_no_word_is_no_reason(word: object) -> None:
    assert parse_finish(word, {}) == Finish("other")


def test_which_stop_sequence_was_met_is_told_only_by_those_who_have_a_field_for_it() -> None:
    losses: list[Loss] = []
    assert emit_finish(Finish("stop_sequence", "4"), Outlet(losses), "candidates[0]", has_refusal=False) == "stop"
    assert [(loss.code, loss.path) for loss in losses] == [("dropped", "candidates[0].finish.stop_sequence")]
    own = Finish("stop_sequence", "4", "stop", {"openai_chat": {"stop_reason": "4"}})
    assert emit_finish(own, Outlet(losses), "candidates[0]", has_refusal=False) == "stop"
    assert len(losses) == 1

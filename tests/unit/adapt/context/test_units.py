"""What belongs together stays together."""

from __future__ import annotations

import msgspec

from dragoman.adapt.context.units import group_turns
from dragoman.model.content import ToolCall, ToolResult
from dragoman.model.request import Turn
from tests.unit.adapt.context.talk import agent, answer, call, say


def test_a_call_and_its_result_are_one_piece_and_the_system_is_none() -> None:
    assert group_turns(agent(2)) == [(1,), (2, 3), (4, 5)]


def test_several_calls_wait_for_the_last_of_their_results() -> None:
    both = Turn("assistant", [ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}")])
    results = [Turn("tool", [ToolResult("a", [])]), Turn("tool", [ToolResult("b", [])])]
    assert group_turns([say("user", "go"), both, *results, say("assistant", "done")]) == [(0,), (1, 2, 3), (4,)]


def test_what_stands_between_a_call_and_its_result_goes_with_them() -> None:
    turns = [call(1), say("user", "hurry"), answer(1), say("user", "thanks")]
    assert group_turns(turns) == [(0, 1, 2), (3,)]


def test_overlapping_calls_are_one_piece() -> None:
    turns = [call(1), call(2), answer(1), answer(2), say("user", "and?")]
    assert group_turns(turns) == [(0, 1, 2, 3), (4,)]


def test_an_identifier_that_is_used_again_means_the_latest_call() -> None:
    turns = [call(1), answer(1), call(1), answer(1)]
    assert group_turns(turns) == [(0, 1), (2, 3)]


def test_a_joined_turn_stays_with_the_one_before_it() -> None:
    joined = msgspec.structs.replace(say("user", "now this"), joined=True)
    turns = [call(1), answer(1), joined, say("assistant", "well")]
    assert group_turns(turns) == [(0, 1, 2), (3,)]


def test_a_system_turn_in_the_midst_divides_nothing() -> None:
    turns = [call(1), say("developer", "be brief"), answer(1), say("user", "x")]
    assert group_turns(turns) == [(0, 2), (3,)]


def test_results_without_a_call_and_calls_without_a_result_stand_alone() -> None:
    assert group_turns([answer(9), call(1), say("user", "x")]) == [(0,), (1,), (2,)]
    assert group_turns([]) == []

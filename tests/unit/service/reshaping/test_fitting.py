"""Fitting: what the operator chose is done, told, and what cannot be done is refused with the numbers."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.adapt.context.rules import ContextRules
from dragoman.adapt.counting.ruler import find_ruler
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Text
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import FunctionTool, ReasoningRequest, Request
from dragoman.routing.target import Target
from dragoman.service.reshaping.fitting import ContextShaping, cut_text
from dragoman.service.reshaping.summaries import Summaries
from tests.unit.adapt.context.talk import agent, say
from tests.unit.service.desk import make_provider, run
from tests.unit.service.reshaping.test_summaries import Scribe

WINDOW = 4_000
RULER = find_ruler("gpt-4o")


def target(window: int | None = WINDOW) -> Target:
    return Target(make_provider("a"), "gpt-4o", Profile(context_window=window))


def shape(
    request: Request, *steps: Any, to: Target | None = None, summaries: Summaries | None = None, **rules: Any
) -> tuple[Request, list[Loss]]:
    """The request as it is sent, and what was told."""
    losses: list[Loss] = []
    largest = rules.pop("largest", 0)
    shaping = ContextShaping(ContextRules(steps, **rules), largest, summaries)
    shaped = run(shaping.shape(request, to or target(), losses))
    assert shaped.reshape is None
    return shaped.request, losses


def ask(steps: int = 100, **fields: Any) -> Request:
    return Request("m", agent(steps), **fields)


def test_what_fits_is_the_very_same_request() -> None:
    request = ask(5, max_output_tokens=100)
    assert shape(request, "drop_oldest")[0] is request


def test_where_no_window_is_known_nothing_is_done() -> None:
    request = ask()
    assert shape(request, "drop_oldest", to=target(None))[0] is request


def test_a_window_of_the_operators_own_counts_first() -> None:
    fitted, _ = shape(ask(), "drop_oldest", to=target(None), window_tokens=2_000)
    assert RULER.count_request(fitted) < 2_000


def test_an_error_says_how_much_too_much_it_is() -> None:
    request = ask()
    tokens = RULER.count_request(request)
    with pytest.raises(DragomanError) as caught:
        shape(request, "error")
    assert caught.value.kind is Kind.CONTEXT_LENGTH
    assert caught.value.code == "context_length_exceeded"
    for number in (str(tokens), str(WINDOW), "1024", str(tokens - int(WINDOW * 0.95) + 1024)):
        assert number in caught.value.message


def test_the_oldest_turns_go_and_it_is_told() -> None:
    fitted, losses = shape(ask(), "drop_oldest")
    assert RULER.count_request(fitted) <= WINDOW * 0.95 - 1024
    assert fitted.turns[0] == say("system", "You read books.")
    assert fitted.turns[-6:] == agent(100)[-6:]
    (loss,) = losses
    assert (loss.code, loss.path) == ("dropped", "conversation")
    assert f"{202 - len(fitted.turns) + 1} of 202 turns, the oldest" in loss.detail


def test_the_middle_goes_and_the_task_stays() -> None:
    fitted, losses = shape(ask(), "middle_out")
    assert fitted.turns[:3] == agent(1)[:3]
    assert RULER.count_request(fitted) <= WINDOW * 0.95 - 1024
    assert [loss.code for loss in losses] == ["dropped"]


def test_trimming_comes_first_where_it_stands_first() -> None:
    request = Request("m", agent(8, words=2_000))
    fitted, losses = shape(request, "trim_results", "drop_oldest", result_tokens=200)
    assert len(fitted.turns) == len(request.turns)
    assert [loss.code for loss in losses] == ["approximated"]
    assert "8 results of tools" in losses[0].detail


def test_what_does_not_help_is_followed_by_the_next_step_and_then_by_a_refusal() -> None:
    fitted, losses = shape(ask(), "trim_results", "middle_out")
    assert [loss.code for loss in losses] == ["dropped"]
    assert len(fitted.turns) < 202
    with pytest.raises(DragomanError, match="tokens less"):
        shape(Request("m", [say("user", "water " * 9_000)]), "trim_results", "drop_oldest", "middle_out")


def test_a_target_leaves_to_a_larger_one_and_the_largest_does_the_rest() -> None:
    with pytest.raises(DragomanError) as caught:
        shape(ask(), "larger", "drop_oldest", largest=128_000)
    assert caught.value.kind is Kind.CONTEXT_LENGTH
    fitted, _ = shape(ask(), "larger", "drop_oldest", largest=WINDOW)
    assert RULER.count_request(fitted) < WINDOW


def test_tools_take_room_too() -> None:
    schema = {"type": "object", "properties": {f"field_{n}": {"type": "string"} for n in range(150)}}
    with_tools = ask(tools=[FunctionTool("f", "does it", schema)])
    assert len(shape(with_tools, "drop_oldest")[0].turns) < len(shape(ask(), "drop_oldest")[0].turns)


# -- the answer's room -------------------------------------------------------------------------------------------------


def test_the_wish_for_a_long_answer_leaves_half_of_the_window() -> None:
    fitted, losses = shape(ask(max_output_tokens=64_000), "drop_oldest")
    tokens = RULER.count_request(fitted)
    assert tokens < WINDOW / 2
    assert fitted.max_output_tokens is not None
    assert tokens + fitted.max_output_tokens <= WINDOW + 1
    assert [loss.path for loss in losses] == ["conversation", "max_tokens"]


def test_a_budget_for_thoughts_stays_below_the_answer() -> None:
    thinking = ReasoningRequest(mode="on", budget_tokens=32_000)
    fitted, _ = shape(ask(5, max_output_tokens=64_000, reasoning=thinking), "drop_oldest")
    assert fitted.reasoning is not None
    assert fitted.reasoning.budget_tokens is not None
    assert fitted.max_output_tokens is not None
    assert fitted.reasoning.budget_tokens < fitted.max_output_tokens
    small = ReasoningRequest(mode="on", budget_tokens=100)
    assert shape(ask(5, max_output_tokens=64_000, reasoning=small), "drop_oldest")[0].reasoning == small


# -- summaries ---------------------------------------------------------------------------------------------------------


def summarise(request: Request, scribe: Scribe, *more: Any, **rules: Any) -> tuple[Request, list[Loss]]:
    return shape(request, "summarise", *more, summaries=Summaries(scribe), summary_route="cheap", **rules)


def test_a_summary_stands_in_the_place_of_what_was_left_out() -> None:
    fitted, losses = summarise(ask(), Scribe(answer="They read 80 pages {count}."))
    note = fitted.turns[1].parts[0]
    assert isinstance(note, Text)
    assert note.text.endswith("summed up to fit the context window:]\nThey read 80 pages {count}.")
    assert RULER.count_request(fitted) <= WINDOW * 0.95 - 1024
    assert [loss.code for loss in losses] == ["approximated"]
    assert "'cheap'" in losses[0].detail


def test_a_summary_that_is_too_long_is_cut() -> None:
    fitted, _ = summarise(ask(), Scribe(answer="water " * 3_000), summary_tokens=300)
    assert RULER.count_request(fitted) <= WINDOW * 0.95 - 1024
    assert cut_text("short", 10, RULER) == "short"


def test_without_a_summary_the_next_step_has_its_turn() -> None:
    scribe = Scribe()
    scribe.failures = 1
    fitted, losses = summarise(ask(), scribe, "drop_oldest")
    assert [loss.code for loss in losses] == ["dropped"]
    assert len(fitted.turns) < 202


def test_a_request_for_a_summary_is_not_summed_up_itself() -> None:
    scribe = Scribe()
    scribe.is_inner = True
    summarise(ask(), scribe, "drop_oldest")
    assert scribe.questions == []


def test_where_no_cut_helps_nobody_is_asked() -> None:
    scribe = Scribe()
    with pytest.raises(DragomanError):
        summarise(Request("m", [say("user", "water " * 9_000)]), scribe)
    assert scribe.questions == []

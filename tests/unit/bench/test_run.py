"""What is asked for on the command line, and what becomes of the figures."""

from __future__ import annotations

import pytest

from bench.cases import CASES
from bench.measure import QUICK
from bench.results import Result
from bench.run import draw_costs, parse_arguments, select_cases, select_plan


def test_everything_is_measured_unless_something_else_is_asked_for() -> None:
    assert select_cases(parse_arguments([])) == list(CASES)
    assert [case.name for case in select_cases(parse_arguments(["--only", "growth", "--only", "chat-chat"]))] == [
        "growth",
        "chat-chat",
    ]


def test_a_quick_look_is_shorter_in_cases_and_in_time() -> None:
    options = parse_arguments(["--quick"])
    assert {case.is_quick for case in select_cases(options)} == {True}
    assert select_plan(options) == QUICK


def test_growth_is_looked_for_over_a_million_requests() -> None:
    assert select_plan(parse_arguments([])).growth_requests == 1_000_000


def test_an_unknown_case_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--only", "nothing"])
    assert "chat-chat" in capsys.readouterr().err


def test_the_picture_shows_what_has_a_ratio_and_marks_what_is_over() -> None:
    over = Result("chat-chat", 90.0, floor=20.0, ratio=4.5)
    sound = Result("single-chat-chat", 15.0, floor=10.0, ratio=1.5)
    picture = draw_costs({result.case: result for result in (over, sound, Result("cold-start", 0.5))})
    assert picture.count('class="bad"') == 1
    assert picture.count('class="good"') == 1
    assert "cold start" not in picture

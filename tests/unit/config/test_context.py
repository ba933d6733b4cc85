"""Conversations that do not fit: what may be said about them, and where."""

from __future__ import annotations

import pytest

from tests.unit.config.loading import load, refusal

PROVIDER = """
providers: {mine: {dialect: openai_chat, base_url: "http://127.0.0.1:1", auth: none}}
routes: {cheap: mine/small, long: {targets: mine/big%s}}
"""


def write(top: str = "", route: str = "") -> str:
    return f"context: {{{top}}}" + PROVIDER % (f", context: {{{route}}}" if route else "")


def test_nothing_is_done_unless_it_is_asked_for() -> None:
    settings = load(PROVIDER % "")
    assert settings.context.policy == []
    assert settings.routes["long"].context is None


def test_one_step_may_stand_for_a_list() -> None:
    assert load(write("policy: drop_oldest")).context.policy == ["drop_oldest"]


def test_what_a_route_leaves_out_is_as_at_the_top() -> None:
    settings = load(write("policy: [trim_results, drop_oldest], keep_turns: 9", "keep_turns: 3"))
    own = settings.routes["long"].context
    assert own is not None
    assert (own.policy, own.keep_turns) == (["trim_results", "drop_oldest"], 3)
    assert settings.routes["cheap"].context is None


@pytest.mark.parametrize("route", ["cheap", "mine/anything"])
def test_a_route_or_a_model_sums_up(route: str) -> None:
    assert load(write(f"policy: summarise, summary_route: {route}")).context.summary_route == route


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (write("policy: summarise"), "context.summary_route: is missing"),
        (write("policy: summarise, summary_route: cheep"), "there is no route 'cheep'"),
        (write("policy: summarise, summary_route: other/small"), "there is no route 'other/small'"),
        (write("", "policy: [none, error]"), "routes.long.context.policy"),
        (write("policy: forget"), "must be one of drop_oldest, error, larger"),
        (write("margin: 0.9"), "context.margin"),
        (write("keep_turns: 0"), "context.keep_turns"),
    ],
)
def test_what_could_not_work_is_refused_with_its_place(text: str, said: str) -> None:
    assert said in refusal(text)

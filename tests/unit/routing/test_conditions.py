"""Which requests a target is for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.routing.conditions import Traits, admit_request, find_unmet
from dragoman.routing.target import Condition
from tests.unit.routing.house import make_provider, make_route

TAGGED = Condition(tags=frozenset({"batch", "night"}))
HEADED = Condition(headers=(("x-claude-code-agent-id", "review-*"), ("x-dragoman-team", "red")))
SHORT = Condition(max_tokens=1000)
LONG = Condition(min_tokens=1001)


def make_traits(tokens: int = 10, **headers: str) -> Traits:
    return Traits({name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}, tokens)


@pytest.mark.parametrize(
    ("condition", "traits", "unmet"),
    [
        (None, make_traits(), ""),
        (TAGGED, make_traits(x_dragoman_tags="day, night"), ""),
        (TAGGED, make_traits(x_dragoman_tags="nightly"), "only for tags batch, night"),
        (TAGGED, make_traits(), "only for tags batch, night"),
        (HEADED, make_traits(x_claude_code_agent_id="review-7", x_dragoman_team="red"), ""),
        (HEADED, make_traits(x_claude_code_agent_id="review-7"), "only for x-dragoman-team: red"),
        (SHORT, make_traits(1000), ""),
        (SHORT, make_traits(1001), "only for at most 1000 tokens"),
        (LONG, make_traits(1001), ""),
        (LONG, make_traits(1000), "only for at least 1001 tokens"),
    ],
)
def test_a_condition_is_met_or_says_what_it_wants(condition: Condition | None, traits: Traits, unmet: str) -> None:
    assert find_unmet(condition, traits) == unmet


def make_conditional(*conditions: Condition | None, **more: Any) -> Any:
    route = make_route(*[make_provider(name) for name in "abc"[: len(conditions)]])
    targets = [
        msgspec.structs.replace(target, condition=condition)
        for target, condition in zip(route.targets, conditions, strict=True)
    ]
    return msgspec.structs.replace(route, targets=tuple(targets), **more)


def test_only_targets_for_such_a_request_are_left_also_as_fallbacks() -> None:
    route = make_conditional(TAGGED, None, LONG)
    route = msgspec.structs.replace(route, fallback={Kind.TIMEOUT: route.targets[:1], Kind.INTERNAL: route.targets})
    admitted = admit_request(route, make_traits(5))
    assert [target.provider.name for target in admitted.targets] == ["b"]
    assert {kind: len(targets) for kind, targets in admitted.fallback.items()} == {Kind.INTERNAL: 1}


def test_a_request_that_no_target_is_for_is_told_so() -> None:
    with pytest.raises(DragomanError, match="is for such a request") as caught:
        admit_request(make_conditional(TAGGED, LONG), make_traits(5))
    assert caught.value.kind is Kind.NOT_FOUND

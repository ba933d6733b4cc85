"""Names of beginnings."""

from __future__ import annotations

from dragoman.adapt.context.prefix import name_prefixes
from tests.unit.adapt.context.talk import agent, say


def test_equal_beginnings_have_equal_names_however_they_go_on() -> None:
    turns = agent(10)
    short = name_prefixes([turns[:4], turns[4:8]], "x")
    long = name_prefixes([turns[:4], turns[4:8], turns[8:12]], "x")
    assert long[:2] == short
    assert len(set(long)) == 3


def test_what_is_said_differently_or_elsewhere_has_another_name() -> None:
    names = {
        name_prefixes([[say(role, text)]], salt)[0]
        for role in ("user", "assistant")
        for text in ("a", "b")
        for salt in ("x", "y")
    }
    assert len(names) == 8

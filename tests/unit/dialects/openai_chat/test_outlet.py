"""Extras and cache breakpoints on their way out."""

from __future__ import annotations

from dragoman.dialects.openai_chat.outlet import Outlet, message_cache
from dragoman.model.content import CacheBreakpoint, Text
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile

RAW = {"type": "ephemeral", "scope": "global"}
WRITTEN = {"openai_chat": {"_form": {"cache_control": RAW}}}


def test_an_object_meets_an_object_field_by_field() -> None:
    wire = {"function": {"name": "f"}, "type": "function"}
    Outlet([]).put_extras(wire, {"openai_chat": {"function": {"deferred": True}, "type": "builtin"}}, "")
    assert wire == {"function": {"name": "f", "deferred": True}, "type": "builtin"}


def test_a_foreign_breakpoint_is_lost_unless_the_target_takes_it() -> None:
    losses: list[Loss] = []
    assert Outlet(losses).put_marks({}, CacheBreakpoint("1h"), None, "tools[0]") == {}
    assert losses == [Loss("dropped", "tools[0].cache")]
    taking = Outlet(losses := [], Profile(cache_control=True))
    assert taking.put_marks({}, CacheBreakpoint("1h"), None, "x") == {
        "cache_control": {"type": "ephemeral", "ttl": "1h"}
    }
    assert losses == []


def test_a_breakpoint_in_the_callers_own_words_goes_out_in_them() -> None:
    losses: list[Loss] = []
    assert Outlet(losses).put_marks({}, CacheBreakpoint(), WRITTEN, "x") == {"cache_control": RAW}
    assert losses == []


def test_remembered_words_are_not_used_when_they_say_something_else_by_now() -> None:
    losses: list[Loss] = []
    assert Outlet(losses).put_marks({}, CacheBreakpoint("1h"), WRITTEN, "x") == {}
    assert [loss.path for loss in losses] == ["x.cache"]


def test_a_breakpoint_of_a_whole_message_is_not_repeated_on_its_part() -> None:
    extras = {"openai_chat": {"_form": {"cache_control": RAW, "level": "message"}}}
    part = Text("a", cache=CacheBreakpoint(), extras=extras)
    assert Outlet([]).put_marks({}, part.cache, extras, "x") == {}
    assert message_cache([part]) == RAW
    assert message_cache([Text("a", cache=CacheBreakpoint(), extras=WRITTEN)]) is None
    assert message_cache([]) is None

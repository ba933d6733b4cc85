"""Repetitions are known as long as they are word for word."""

from __future__ import annotations

from dragoman.adapt.tools.echo import EchoWatch


def test_a_repetition_is_possible_until_the_first_difference() -> None:
    watch = EchoWatch(["see <call>{1}</call>", "or <call>{2}</call>"])
    watch.begin("<call>")
    watch.add("{2")
    assert watch.is_possible
    watch.add("}")
    assert watch.is_possible
    watch.add("!")
    assert not watch.is_possible


def test_what_nobody_has_said_is_no_repetition() -> None:
    watch = EchoWatch(["nothing here"])
    watch.begin("<call>")
    assert not watch.is_possible


def test_a_mark_may_be_looked_at_once_more() -> None:
    watch = EchoWatch(['{"name": 1}'])
    watch.begin('{"name":', is_eaten=True)
    watch.add('{"name": 1')
    assert watch.is_possible

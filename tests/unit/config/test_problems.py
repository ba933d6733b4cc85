"""Mistakes, gathered."""

from __future__ import annotations

import pytest

from dragoman.config.problems import MAX_SHOWN, Problems, suggest
from dragoman.errors import DragomanError


def raised(problems: Problems) -> str:
    with pytest.raises(DragomanError) as caught:
        problems.raise_any()
    return caught.value.message


def test_nothing_found_raises_nothing() -> None:
    Problems("x").raise_any()


def test_one_mistake_is_one_line() -> None:
    problems = Problems("x.yaml")
    problems.add("a.b", "is wrong", "line 3")
    assert raised(problems) == "x.yaml: line 3, a.b: is wrong"


def test_several_mistakes_are_listed_once_each() -> None:
    problems = Problems("x.yaml")
    for _ in range(2):
        problems.add("a", "is wrong", "line 3")
        problems.add("", "is odd")
    assert len(problems) == 2
    assert raised(problems) == "x.yaml has 2 mistakes:\n  line 3, a: is wrong\n  is odd"


def test_a_mistake_gets_the_place_of_the_nearest_thing_around_it() -> None:
    problems = Problems("x")
    problems.places |= {"a": "line 1", "a.b[2]": "line 5"}
    problems.add("a.b[2].c", "is wrong")
    assert "line 5, a.b[2].c" in raised(problems)
    problems.add("a.z", "is wrong")
    problems.add("q", "is wrong")
    assert "\n  line 1, a.z: is wrong\n  q: is wrong" in raised(problems)


def test_a_flood_of_mistakes_is_cut() -> None:
    problems = Problems("x")
    for number in range(MAX_SHOWN + 7):
        problems.add(str(number), "is wrong")
    assert raised(problems).endswith("… and 7 more")
    assert raised(problems).count("is wrong") == MAX_SHOWN


def test_only_near_words_are_suggested() -> None:
    assert suggest("bse_url", ["base_url", "port"]) == " Did you mean 'base_url'?"
    assert suggest("zzz", ["base_url", "port"]) == ""

"""Expressions whose time could explode are refused before they are ever used."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from dragoman.plugins.patterns import compile_pattern, compile_words, find_explosion


@pytest.mark.parametrize(
    "text",
    [
        r"\bT-\d+\b",
        r"[a-z]{3,8}[-_]?\d{2}",
        "(?:EUR|USD) ?[0-9.]+",
        r"\(a+\)+",
        "[(]a+[)|*]*x",
        "(ab)?c",
        "(abc)+",
        r"(?i:acme)",
    ],
)
def test_what_is_linear_is_taken(text: str) -> None:
    assert compile_pattern(text, "patterns.a").pattern == text


@pytest.mark.parametrize(
    "text", ["(a+)+b", "(a|aa)+b", "(?:(?:a*)b)*c", "((a)|b){2,}", r"(\w+\s?){1,50}x", r"(a)\1", r"(?P<q>a)(?P=q)"]
)
def test_what_could_explode_is_refused(text: str) -> None:
    assert find_explosion(text)
    with pytest.raises(DragomanError, match="without bounds"):
        compile_pattern(text, "patterns.a")


@pytest.mark.parametrize("text", ["(", "a{99999999999}", "a*", "x|", "(?P<a"])
def test_what_is_no_expression_or_fits_everywhere_is_refused_with_its_path(text: str) -> None:
    with pytest.raises(DragomanError) as refused:
        compile_pattern(text, "patterns.a")
    assert refused.value.path == "patterns.a"


def test_words_are_found_as_they_stand_the_longest_first() -> None:
    pattern = compile_words(["a.b", "a.b.c"])
    assert pattern.findall("a.b.c axb") == ["a.b.c"]

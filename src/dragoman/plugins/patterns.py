"""Regular expressions of the operator's, refused where their time could explode.

The standard library's matcher backtracks. What lets its time grow without bounds is repetition in repetition, a choice
in a repetition, and looking back at a group. None of these is taken, which leaves all that one needs to describe an
identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dragoman.errors import invalid

_TOKEN = re.compile(
    r"\\(?P<back>[1-9]|g)|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<open>\((?:\?[^)a-zA-Z]?[:=!<>a-zA-Z]*)?)|(?P<close>\))"
    r"|(?P<choice>\|)|(?P<repeat>[*+]\??|\{\d*,?\d*\}\??)|(?P<maybe>\?)|.",
    re.DOTALL,
)


def compile_pattern(text: str, path: str) -> re.Pattern[str]:
    """The pattern; raises where it is none, or one that could take forever."""
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise invalid(f"This is no regular expression: {error}.", path) from None
    fault = find_explosion(text)
    if fault:
        raise invalid(f"{fault}; its time could grow without bounds.", path)
    if pattern.search("") is not None:
        raise invalid("The expression fits an empty text, and so everywhere.", path)
    return pattern


def compile_words(words: Iterable[str]) -> re.Pattern[str]:
    """Any of these texts, as they stand, longest first."""
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


def find_explosion(text: str) -> str:
    """What in an expression could make its time explode, in words; empty if nothing does."""
    open_groups: list[bool] = [False]  # whether a repetition or a choice has been seen inside
    closed = False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "back" or token.group().startswith("(?P="):
            return "The expression looks back at a group"
        if kind == "repeat" and closed:
            return "The expression repeats a group with a repetition or a choice inside"
        closed = False
        if kind == "open":
            open_groups.append(False)
        elif kind == "close" and len(open_groups) > 1:
            closed = open_groups.pop()
            open_groups[-1] = open_groups[-1] or closed
        elif kind in {"repeat", "choice"}:
            open_groups[-1] = True
    return ""

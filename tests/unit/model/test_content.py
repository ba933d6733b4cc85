"""Parts that are one text and nothing else."""

from __future__ import annotations

import pytest

from dragoman.model.content import CacheBreakpoint, Citation, Part, Refusal, Text, read_only_text


def test_one_text_with_nothing_beside_it_is_read() -> None:
    assert read_only_text([Text("Hello.")]) == "Hello."
    assert read_only_text([Text("")]) == ""


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [Text("a"), Text("b")],
        [Refusal("no")],
        [Text("a", citations=[Citation("url")])],
        [Text("a", signature="s")],
        [Text("a", cache=CacheBreakpoint())],
        [Text("a", extras={"openai_chat": {"new": 1}})],
    ],
)
def test_parts_that_say_more_are_not(parts: list[Part]) -> None:
    assert read_only_text(parts) is None

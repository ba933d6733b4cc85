"""Requests that are too large are refused with the figure."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from dragoman.model.content import Image, InlineData, RemoteUrl, Text, ToolResult
from dragoman.model.request import FunctionTool, Request, Turn
from dragoman.plugins.hooks import Occasion
from dragoman.plugins.size import make_plugin

IMAGES = [Image(InlineData("image/png", "AAAA" * 10)), Image(RemoteUrl("https://a.example/"))]
REQUEST = Request(
    "m",
    [Turn("user", [Text("0123456789"), IMAGES[0]]), Turn("tool", [ToolResult("1", [IMAGES[1], Text("01234")])])],
    tools=[FunctionTool("f")],
    max_output_tokens=100,
)
SIZES = {
    "max_characters": 15,
    "max_turns": 2,
    "max_tools": 1,
    "max_media": 2,
    "max_media_bytes": 30,
    "max_output_tokens": 100,
}


def ask(**settings: int) -> Request:
    return make_plugin(settings).open_hooks(Occasion("a", "m", "openai_chat")).before_request(REQUEST)


def test_what_is_just_within_its_limits_goes_on_as_it_is() -> None:
    assert ask(**SIZES) is REQUEST
    assert ask() is REQUEST


@pytest.mark.parametrize("name", SIZES)
def test_one_more_than_allowed_is_refused_with_both_figures(name: str) -> None:
    with pytest.raises(DragomanError) as refused:
        ask(**{name: SIZES[name] - 1})
    assert f"has {SIZES[name]} " in refused.value.message
    assert f"more than {SIZES[name] - 1} " in refused.value.message

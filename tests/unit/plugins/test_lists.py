"""What may be asked, with which tools and of which models."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.errors import DragomanError
from dragoman.model.content import Text
from dragoman.model.request import FunctionTool, Request, Turn
from dragoman.plugins.hooks import Occasion
from dragoman.plugins.lists import make_plugin

REQUEST = Request("m", [Turn("user", [Text("About Project Falcon, ticket T-12.")])], tools=[FunctionTool("read_file")])


def ask(**settings: Any) -> Request:
    hooks = make_plugin(settings).open_hooks(Occasion("openai", "gpt", "openai_chat"))
    return hooks.before_request(REQUEST)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"deny_words": ["eagle"], "deny_patterns": [r"T-\d{3}"]},
        {"allow_tools": ["read_*"], "deny_tools": ["write_*"]},
        {"allow_models": ["openai/*"], "deny_models": ["openai/o*"]},
    ],
)
def test_what_is_not_forbidden_goes_on_as_it_is(settings: dict[str, Any]) -> None:
    assert ask(**settings) is REQUEST


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"deny_words": ["project falcon"]}, "a word"),
        ({"deny_patterns": ["no", r"T-\d\d"]}, "rule 2"),
        ({"allow_tools": ["write_*"]}, "'read_file'"),
        ({"deny_tools": ["read_*"]}, "'read_file'"),
        ({"allow_models": ["anthropic/*"]}, "openai/gpt"),
        ({"deny_models": ["*/gpt*"]}, "openai/gpt"),
    ],
)
def test_what_is_forbidden_is_refused_by_name_and_words_are_not_repeated(
    settings: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(DragomanError, match=complaint) as refused:
        ask(**settings)
    assert refused.value.code == "refused_by_plugin"
    assert "alcon" not in refused.value.message


def test_a_word_in_the_escapes_of_json_is_a_word_all_the_same() -> None:
    hooks = make_plugin({"deny_words": ["Köln"]}).open_hooks(Occasion("openai", "gpt", "openai_chat"))
    with pytest.raises(DragomanError):
        hooks.before_request(Request("m", [Turn("user", [Text(r'{"city": "K\u00f6ln"}')])]))


def test_a_pattern_that_could_take_forever_is_refused_when_the_configuration_is_read() -> None:
    with pytest.raises(DragomanError) as refused:
        make_plugin({"deny_patterns": ["a", "(a+)+"]})
    assert refused.value.path == "deny_patterns[1]"

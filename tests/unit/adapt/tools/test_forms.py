"""Each form's calls are read back by the parser as they were."""

from __future__ import annotations

import json
from typing import get_args, get_type_hints

import pytest

from dragoman.adapt.tools.forms import FORMS
from dragoman.model.profile import Profile, ToolForm
from dragoman.model.request import CustomTool, FunctionTool
from tests.tool_texts import TOOLS, open_parser, read_pieces

ARGUMENTS = {
    "query": "“ü” \"x\" 'y' </b> \\n",
    "limit": 3,
    "tags": ["a", "b c"],
    "exact": False,
    "filters": {"a": [1.5]},
}


@pytest.mark.parametrize("name", FORMS)
def test_what_a_form_writes_the_parser_reads(name: str) -> None:
    form = FORMS[name]
    parser = open_parser(form)
    written = form.write_calls([("search", json.dumps(ARGUMENTS)), ("list_all", "{}")])
    reading = read_pieces([*parser.feed(written), *parser.finish()])
    assert reading.calls == [("search", ARGUMENTS), ("list_all", {})]
    assert reading.text == ""


@pytest.mark.parametrize("name", FORMS)
def test_a_form_describes_every_tool_and_tells_results(name: str) -> None:
    form = FORMS[name]
    for tool in TOOLS:
        assert isinstance(tool, FunctionTool | CustomTool)
        assert tool.name in form.write_tool(tool)
    assert "it rains" in form.write_result("get_weather", "it rains")
    assert form.instructions.format(tools="<T>", example="<E>").count("<E>") == 1


@pytest.mark.parametrize("name", ["dragoman", "qwen_xml", "llama_pythonic"])
def test_arguments_that_are_no_object_are_told_all_the_same(name: str) -> None:
    assert "oops" in FORMS[name].write_calls([("f", "oops")])


def test_every_form_can_be_set_in_a_profile_and_no_other() -> None:
    assert set(get_args(ToolForm)) == {"", *FORMS}
    assert get_type_hints(Profile)["tool_form"] == ToolForm

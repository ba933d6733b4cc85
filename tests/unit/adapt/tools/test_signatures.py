"""Tools in the words of each kind of model."""

from __future__ import annotations

from dragoman.adapt.tools.signatures import (
    describe_json,
    describe_python,
    describe_text,
    describe_typescript,
    describe_wrapped,
    schema_of,
)
from dragoman.model.request import FunctionTool
from tests.tool_texts import TOOLS

WEATHER, PATCH = TOOLS[0], TOOLS[-1]


def test_json_tells_everything() -> None:
    assert describe_json(WEATHER) == {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": schema_of(WEATHER),
    }
    assert describe_wrapped(FunctionTool("f")) == (
        '{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}'
    )


def test_python_has_a_signature_and_its_documentation() -> None:
    written = describe_python(WEATHER)
    assert written.startswith(
        'def get_weather(city: str, days: int = None, unit: Literal["celsius", "fahrenheit", null]'
    )
    assert "    city: Its name." in written
    compile(written.replace("null", "None").replace("= None", "= None"), "tool", "exec")


def test_typescript_has_a_type_and_comments() -> None:
    written = describe_typescript(WEATHER)
    assert written.splitlines()[:4] == [
        "// The weather in a city.",
        "type get_weather = (_: {",
        "// Its name.",
        "city: string,",
    ]
    assert "days?: number," in written
    assert describe_typescript(FunctionTool("f")) == "type f = () => any;"


def test_a_tool_for_free_text_has_one_argument_and_tells_its_format() -> None:
    assert schema_of(PATCH)["required"] == ["input"]
    assert '"type": "text"' in describe_text(PATCH)

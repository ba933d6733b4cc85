"""Between the marks: what belongs to a block, what ends it, and what it gives back."""

from __future__ import annotations

import pytest

from dragoman.adapt.tools.block import CallBlock
from dragoman.adapt.tools.coerce import Parameters
from dragoman.adapt.tools.markers import TAG, read_tag


class Notes:
    """Writes down what a block finds. There is one tool, `f`."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def find_tool(self, name: str) -> Parameters | None:
        return Parameters({"a": None}) if name == "f" else None

    def begin_call(self, name: str) -> None:
        self.calls.append("")

    def write_arguments(self, text: str) -> None:
        self.calls[-1] += text

    def end_call(self) -> None:
        self.calls[-1] += "."


def read(text: str, opening: str = "<tool_call>") -> tuple[CallBlock, Notes, str]:
    """The block, its calls, and what it has not eaten."""
    notes = Notes()
    block = CallBlock(notes)
    found = TAG.match(opening)
    if found is not None:
        block.open_tag(read_tag(found))
    start = 0
    while start < len(text) and not block.is_done:
        start = block.feed(text, start)
    block.finish()
    return block, notes, text[start:]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ('{"name": "f", "arguments": {"a": 1}}</tool_call>', ['{"a":1}.']),
        ('[{"name": "f"}, {"name": "f", "arguments": {}}]</tool_call>', ["{}.", "{}."]),
        ("f\n{'a': 1}</tool_call>", ['{"a":1}.']),
        ("f(1), f(a=2)</tool_call>", ['{"a":1}.', '{"a":2}.']),
        ("print(f(1))</tool_call>", ['{"a":1}.']),
        ("x = f(1)</tool_call>", ['{"a":1}.']),
        ("f</tool_call>", ["{}."]),
        ('```json\n{"name": "f"}\n```</tool_call>', ["{}."]),
        ("f[CALL_ID]abc[ARGS]{}</tool_call>", ["{}."]),
        ("<function=f><parameter=a>1</parameter></function></tool_call>", ['{"a":"1"}.']),
        ("<function=f></function></tool_call>", ["{}."]),
    ],
)
def test_calls_are_found_in_every_dress(text: str, calls: list[str]) -> None:
    block, notes, rest = read(text + " rest")
    assert notes.calls == calls
    assert not block.has_failed
    assert rest == " rest"


@pytest.mark.parametrize("text", ["is a mark", "{}", '{"city": 1}', "5", "g(1)", "f is one", "<b>", "", '"f"'])
def test_what_is_no_call_is_given_back(text: str) -> None:
    block, notes, rest = read(text)
    assert block.has_failed
    assert notes.calls == []
    assert block.take_eaten() + rest == text


def test_a_call_of_an_unknown_tool_is_refused_to_its_end() -> None:
    text = '{"name": "g", "arguments": {"a": {"name": "f", "arguments": {}}}}'
    block, notes, rest = read(text + "</tool_call>")
    assert block.is_refused
    assert notes.calls == []
    assert (block.take_eaten(), rest) == (text, "</tool_call>")


def test_a_tag_that_names_an_unknown_tool_mutes_its_content() -> None:
    block, _, _ = read("", '<invoke name="g">')
    assert (block.is_done, block.has_failed, block.mutes) == (True, True, "invoke")


def test_what_follows_a_call_and_does_not_belong_to_it_is_given_back() -> None:
    block, notes, rest = read('{"name": "f"}, and so on', "")
    assert notes.calls == ["{}."]
    assert block.take_eaten() + rest == ", and so on"


def test_a_block_has_no_patience_with_marks_that_lead_nowhere() -> None:
    block, _, rest = read("<tool_call>" * 1000)
    assert block.has_failed
    assert len(rest) > 5000

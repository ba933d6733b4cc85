"""How arguments are found in an object, and passed on."""

from __future__ import annotations

import json

import pytest

from dragoman.adapt.tools.block import CallBlock
from tests.unit.adapt.tools.test_block import Notes


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('{"name": "f", "arguments": {"a": "x"}}', {"a": "x"}),
        ('{"arguments": {"a": "x"}, "name": "f"}', {"a": "x"}),
        ('{"name": "f", "arguments": "{\\"a\\": \\"x\\"}"}', {"a": "x"}),
        ("{'name': 'f', 'arguments': '{\"a\": \"x\"}'}", {"a": "x"}),
        ('{"arguments": "{\\"a\\": \\"x\\"}", "name": "f"}', {"a": "x"}),
        ('{"name": "f", "arguments": "x"}', {"a": "x"}),
        ('{"name": "f", "arguments": null}', {}),
        ('{"name": "f", "arguments": []}', {}),
        ('{"name": "f", "arguments": ""}', {}),
        ('{"name": "f", "arguments": {"a": "x"', {"a": "x"}),
        ('{"name": "f", "arguments": "{\\"a\\": \\"x', {"a": "x"}),
        ('{"name": "f", "arguments": null', {}),
        ('{"f": {"a": "x"}}', {"a": "x"}),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_arguments_are_an_object_however_they_are_given(text: str, arguments: object, size: int) -> None:
    notes = Notes()
    block = CallBlock(notes)
    for start in range(0, len(text), size):
        piece = text[start : start + size]
        at = 0
        while at < len(piece) and not block.is_done:
            at = block.feed(piece, at)
    block.finish()
    (call,) = notes.calls
    assert call.endswith(".")
    assert json.loads(call[:-1]) == arguments


def test_a_call_begins_with_the_first_character_of_its_arguments() -> None:
    notes = Notes()
    block = CallBlock(notes)
    block.feed('{"name": "f", "arguments": ')
    assert notes.calls == []
    block.feed("{")
    assert notes.calls == ["{"]


def test_an_object_whose_call_is_cut_before_its_arguments_is_none() -> None:
    block = CallBlock(Notes())
    block.feed('{"name": "f", ')
    block.finish()
    assert block.has_failed
    assert block.take_eaten() == '{"name": "f", '

"""Arguments are strict JSON while they come in."""

from __future__ import annotations

import json

import pytest

from dragoman.adapt.tools.arguments import MAX_ARGUMENTS, ArgumentsReader, NamedTexts, escape_text
from dragoman.adapt.tools.coerce import Parameters

STRING, INTEGER, ARRAY = frozenset({"string"}), frozenset({"integer"}), frozenset({"array"})
PARAMETERS = Parameters({"city": STRING, "days": INTEGER, "tags": ARRAY, "any": None})


def read(text: str, *, is_call: bool = False) -> object:
    reader = ArgumentsReader(PARAMETERS)
    if is_call:
        reader.open_call()
    for character in text:
        reader.feed(character)
    reader.finish()
    return json.loads("".join(reader.written))


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('{"city": "Paris", "days": "3"}', {"city": "Paris", "days": 3}),
        ('{"city": 75, "tags": "[\\"a\\"]"}', {"city": "75", "tags": ["a"]}),
        ('{"city": {"days": "3"}}', {"city": '{"days":"3"}'}),
        ('{"any": "3", "other": "3"}', {"any": "3", "other": "3"}),
        ('{"tags": ["days", "3"]}', {"tags": ["days", "3"]}),
    ],
)
def test_values_get_the_type_of_their_parameter(text: str, arguments: object) -> None:
    assert read(text) == arguments


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("city='Paris', days=3)", {"city": "Paris", "days": 3}),
        ("'Paris', 3)", {"city": "Paris", "days": 3}),
        ("'Paris', tags=['a', None])", {"city": "Paris", "tags": ["a", None]}),
        ("[1], {'a': (1,)}, x = True, 1, 2)", {"city": "[1]", "days": {"a": [1]}, "x": True, "tags": [1], "any": 2}),
        (")", {}),
        ("'Paris'", {"city": "Paris"}),
        ("city='Par", {"city": "Par"}),
    ],
)
def test_pythons_arguments_are_an_object(text: str, arguments: object) -> None:
    assert read(text, is_call=True) == arguments


def test_nobody_has_that_many_arguments() -> None:
    many = "{" + ", ".join(f'"a{number}": {number}' for number in range(5 * MAX_ARGUMENTS)) + "}"
    arguments = read(many)
    assert isinstance(arguments, dict)
    assert len(arguments) == MAX_ARGUMENTS + 1


def test_text_that_is_wanted_goes_on_as_it_comes_and_a_number_in_quotes_waits() -> None:
    reader = ArgumentsReader(PARAMETERS)
    reader.feed('{"city": "Par')
    assert "".join(reader.written) == '{"city":"Par'
    reader.written.clear()
    reader.feed('is", "days": "1')
    assert "".join(reader.written) == 'is","days":'
    reader.feed('2"')
    assert "".join(reader.written) == 'is","days":'
    reader.feed("}")
    assert "".join(reader.written) == 'is","days":12}'


def test_texts_between_tags_make_an_object() -> None:
    texts = NamedTexts(PARAMETERS)
    for name, pieces in {"city": ["\nPa", "ris\n", "\n"], "days": ["\n", "3\n"], "other": ["a\n"]}.items():
        texts.open(name)
        for piece in pieces:
            texts.add(piece)
        texts.close()
    texts.finish()
    assert json.loads("".join(texts.written)) == {"city": "Paris\n", "days": 3, "other": "a\n"}


def test_text_is_escaped() -> None:
    assert escape_text('a"b\\\n') == 'a\\"b\\\\\\n'

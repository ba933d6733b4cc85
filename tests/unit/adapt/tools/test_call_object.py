"""Objects that are calls: where they stop, and what is known then."""

from __future__ import annotations

from dragoman.adapt.tools.call_object import CallObject


def open_object() -> CallObject:
    return CallObject(lambda name: name == "f")


def test_it_stops_where_arguments_begin_and_where_a_call_ends() -> None:
    reader = open_object()
    text = '{"id": 5, "name": "f", "arguments":  {"a": 1}, "x": 2}'
    end = reader.feed(text)
    assert text[end:].startswith('{"a"')
    assert (reader.at_arguments, reader.name) == (True, "f")
    reader.resume()
    assert reader.feed(text, text.index(', "x"')) == len(text)
    assert reader.is_done
    assert not reader.at_end


def test_arguments_may_come_before_the_name() -> None:
    reader = open_object()
    reader.feed('{"arguments": ')
    assert not reader.at_arguments
    reader.feed("{}")
    assert (reader.at_arguments, reader.name) == (True, "")
    reader.resume()
    reader.feed(', "name": "f"}')
    assert (reader.at_end, reader.name) == (True, "f")


def test_the_name_may_be_the_key_of_the_arguments() -> None:
    reader = open_object()
    assert reader.feed('{"f": {"a": 1}}') == len('{"f": ')
    assert reader.name == "f"


def test_calls_in_a_list_are_found() -> None:
    reader = open_object()
    text = '{"tool_calls": [{"type": "function", "function": {"name": "f"}}, {"name": "g"}]}'
    reader.feed(text)
    assert (reader.at_end, reader.name) == (True, "f")


def test_names_within_other_objects_are_not_those_of_calls() -> None:
    reader = open_object()
    text = '{"person": {"name": "f", "arguments": {}}}'
    assert reader.feed(text) == len(text)
    assert (reader.at_arguments, reader.at_end, reader.is_done) == (False, False, True)


def test_an_object_that_is_ignored_is_read_to_its_end() -> None:
    reader = open_object()
    text = '{"name": "g", "arguments": {"name": "f", "arguments": {}}}'
    end = reader.feed(text)
    reader.ignore()
    assert reader.feed(text, end) == len(text)
    assert reader.is_done
    assert not reader.at_arguments


def test_an_object_that_has_ended_is_over_when_it_is_ignored() -> None:
    reader = open_object()
    text = '{"name": "g"="h, "arguments": : <i{"city": "P"}}t'
    end = reader.feed(text)
    reader.ignore()
    assert reader.is_done
    assert reader.feed(text, end) == end

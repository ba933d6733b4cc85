"""A body whose top level is read and patched."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import JsonDocument, split_object


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b" [1]", "must be a JSON object"),
        (b'{"model":', "not valid JSON"),
        (b'{"model":"m","model":"n"}', "twice"),
        (b'{"a":' * 2000, "nested too deeply"),
        (b'{"model":"m\xff"}', "UTF-8"),
        (b'{"model":"m","deep":{"inside":["\xc3("]}}', "UTF-8"),
    ],
)
def test_a_body_that_is_no_sound_object_is_refused_in_plain_words(body: bytes, message: str) -> None:
    with pytest.raises(DragomanError, match=message) as caught:
        JsonDocument(body)
    assert (caught.value.kind, caught.value.status) == (Kind.INVALID_REQUEST, 400)


def test_a_patch_changes_its_value_and_no_other_byte() -> None:
    body = ' { "é" : [ 1.0e5,\t"\\u00e9" ] , "model":"gr\u00fc\u00df" }\n'.encode()
    assert JsonDocument(body).read("model") == "grüß"
    assert JsonDocument(body).patch({"model": b'"m"'}) == body.replace('"grüß"'.encode(), b'"m"')


def test_an_object_is_split_without_reading_its_values() -> None:
    fields = split_object(b'{ "a" : [1.50, 2], "b":{"c":"\xc3\xa9"} , "a":3}')
    assert {name: bytes(value) for name, value in fields.items()} == {"a": b"3", "b": b'{"c":"\xc3\xa9"}'}


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b'{"a":', b'{"a":"\xff"}', b'{"a":' + b"[" * 100_000])
def test_what_cannot_be_split_is_refused(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        split_object(body)
    assert caught.value.kind is Kind.INVALID_REQUEST

"""A body whose top level is read and patched."""

from __future__ import annotations

import json

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import MAX_DEPTH, SMALL_BYTES, JsonDocument, decode_value, split_object


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


CHANGES: list[dict[str, bytes | None]] = [
    {"model": b'"n"'},
    {"text": b"1"},
    {"model": b'"n"', "new": b"2"},
    {"model": None},
    {"text": None, "new": b"2"},
    {"absent": None},
    {"model": None, "text": None, "é": None},
]


@pytest.mark.parametrize("changes", CHANGES)
@pytest.mark.parametrize("length", [1, 2 * SMALL_BYTES])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,\n", " :\t")])
@pytest.mark.parametrize("key", ["x", "é"])
def test_a_patch_changes_what_it_should_however_long_the_body_and_however_it_is_written(
    changes: dict[str, bytes | None], length: int, separators: tuple[str, str], key: str
) -> None:
    said = {key: [1.50, None], "model": "m", "text": "ü" * length}
    body = json.dumps(said, separators=separators, ensure_ascii=False).encode()
    patched = JsonDocument(body).patch(changes)
    values: dict[str, object] = {**said, **{name: value and json.loads(value) for name, value in changes.items()}}
    kept = {name: value for name, value in values.items() if changes.get(name, b"") is not None}
    assert json.loads(patched, object_pairs_hook=list) == list(kept.items())


@pytest.mark.parametrize("length", [1, 2 * SMALL_BYTES])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("fields", [{"model": "m", "n": 1.50}, {"n": 1}, {}])
def test_to_put_a_value_is_to_patch_by_it(fields: dict[str, object], separators: tuple[str, str], length: int) -> None:
    body = json.dumps({**fields, "text": "ü" * length}, separators=separators, ensure_ascii=False).encode()
    document = JsonDocument(body)
    assert document.put("model", 'a "b"') == document.patch({"model": b'"a \\"b\\""'})
    assert document.body == body


@pytest.mark.parametrize(("body", "head"), [(b"{}", (None, None)), (b'{"stream":true,"model":7}', (7, True))])
def test_the_head_is_what_nearly_every_dialect_asks_for(body: bytes, head: tuple[object, object]) -> None:
    assert JsonDocument(body).read_head() == head


@pytest.mark.parametrize("length", [1, 2 * SMALL_BYTES])
@pytest.mark.parametrize("more", ['"text":1', '"t\\u0065xt":1', '"model":"m"'])
def test_a_key_that_stands_twice_is_refused_however_long_the_body(length: int, more: str) -> None:
    body = json.dumps({"model": "m", "text": "a" * length}, separators=(",", ":"))
    with pytest.raises(DragomanError, match="twice"):
        JsonDocument(f"{body[:-1]},{more}}}".encode())


@pytest.mark.parametrize("padding", [0, 2 * SMALL_BYTES])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_value_may_be_nested_so_deeply_and_no_deeper(padding: int, opening: bytes, closing: bytes) -> None:
    def nest(depth: int) -> bytes:
        return opening * depth + b'"%b"' % (b"[" * 2 * MAX_DEPTH + b"x" * padding) + closing * depth

    decode_value(nest(MAX_DEPTH))
    with pytest.raises(DragomanError, match="nested deeper"):
        decode_value(nest(MAX_DEPTH + 1))


def test_an_object_is_split_without_reading_its_values() -> None:
    fields = split_object(b'{ "a" : [1.50, 2], "b":{"c":"\xc3\xa9"} , "a":3}')
    assert {name: bytes(value) for name, value in fields.items()} == {"a": b"3", "b": b'{"c":"\xc3\xa9"}'}


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b'{"a":', b'{"a":"\xff"}', b'{"a":' + b"[" * 100_000])
def test_what_cannot_be_split_is_refused(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        split_object(body)
    assert caught.value.kind is Kind.INVALID_REQUEST

"""A JSON object whose top level can be read and changed while every other byte stays as it came.

Prompt-cache prefixes and thinking signatures depend on exact bytes, so a request that stays in its dialect is never
encoded anew. Theory of operation: msgspec splits the top level into raw values; a walk along the text then finds where
each value lies by matching key after key and value after value. The walk succeeds only if the text is exactly that
sequence, so it is also the proof that no key came twice: what we read is what is sent. Small compact texts, as most SDKs
send them, need no walk: they are what their fields are when written down again. Large ones are walked, not copied.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

from dragoman.errors import DragomanError, invalid

MAX_DEPTH = 128
SMALL_BYTES = 8 * 1024  # up to it, searching costs less than looking at one value after the other
_WINDOW = 1 << 20

_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

_OPEN = re.compile(rb"[ \t\r\n]*\{[ \t\r\n]*")
_KEY = re.compile(rb'("(?:[^"\\]++|\\.)*+")[ \t\r\n]*:[ \t\r\n]*', re.DOTALL)
S = TypeVar("S", bound=msgspec.Struct)
Span = tuple[int, int, int]
"""Start of a member's key, start and end of its value."""

_CONTAINERS = frozenset({dict, list})
_WHITESPACE = frozenset({b" ", b"\t", b"\r", b"\n"})
_DELIMITERS = frozenset({b",", b"}"})
_SEPARATOR = re.compile(rb"[ \t\r\n]*([,}])[ \t\r\n]*")


class JsonDocument:
    """An object's bytes with its top level opened. `fields` are raw: decode the few that matter by `read`."""

    __slots__ = ("_is_compact", "_opening_end", "_spans", "body", "fields")

    def __init__(self, body: bytes) -> None:
        self.body = body
        try:
            fields = self.fields = _decode_fields(body)
            if not body.isascii():
                check_utf8(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise _refuse(body, error) from None
        self._is_compact = True
        if len(body) > SMALL_BYTES or _encode(fields) != body:  # only then is asked where anything stands
            self._is_compact = False
            opening = _OPEN.match(body)
            self._opening_end = opening.end() if opening else 0
            self._spans = _find_spans(body, fields, self._opening_end)

    def read_head(self) -> tuple[Any, Any]:
        """`model` and `stream`, which nearly every dialect asks for first; as `read` gives them."""
        fields = self.fields
        model, stream = fields.get("model"), fields.get("stream")
        return None if model is None else _decode_any(model), None if stream is None else _decode_any(stream)

    def read(self, name: str) -> Any:
        """The decoded value of a top-level field; None where it is absent or null."""
        raw = self.fields.get(name)
        return None if raw is None else _decode_any(raw)

    def decode(self) -> dict[str, Any]:
        """The whole object. Refuses what is nested deeper than `MAX_DEPTH`."""
        value: dict[str, Any] = decode_value(self.body)
        return value

    def put(self, name: str, value: Any) -> bytes:
        """`patch` by one value, not yet in JSON: all that most requests need."""
        if self._is_compact:
            return _encode({**self.fields, name: value})
        return self.patch({name: _encode(value)})

    def patch(self, changes: dict[str, bytes | None]) -> bytes:
        """The body with some top-level values replaced, added (at the end) or, for None, removed."""
        if self._is_compact:
            return _encode(_merge(self.fields, changes))
        if any(value is None and name in self.fields for name, value in changes.items()):
            return self._rebuild(changes)
        return self._splice(changes)

    def _splice(self, changes: dict[str, bytes | None]) -> bytes:
        """`patch` where no field goes: whatever stands between the fields is kept."""
        view, spans = memoryview(self.body), self._spans
        pieces: list[bytes | memoryview] = []
        cursor = 0
        for name, (_, start, end) in spans.items():
            value = changes.get(name)
            if value is not None:
                pieces += (view[cursor:start], value)
                cursor = end
        added = self._word_added(changes)
        if added:
            last_end = self._last_end()
            pieces += (view[cursor:last_end], b"," if spans else b"", added)
            cursor = last_end
        pieces.append(view[cursor:])
        return b"".join(pieces)

    def _rebuild(self, changes: dict[str, bytes | None]) -> bytes:
        """`patch` where a field goes: what stands between the fields is not kept then, the fields themselves are."""
        body, spans = self.body, self._spans
        members: list[bytes] = []
        for name, (key_start, start, end) in spans.items():
            if name not in changes:
                members.append(body[key_start:end])
                continue
            value = changes[name]
            if value is not None:
                members.append(body[key_start:start] + value)
        added = self._word_added(changes)
        if added:
            members.append(added)
        return body[: self._opening_end] + b",".join(members) + body[self._last_end() :]

    def _word_added(self, changes: Mapping[str, bytes | None]) -> bytes:
        """The members that were not there before."""
        return _encode(_merge({}, {name: value for name, value in changes.items() if name not in self._spans}))[1:-1]

    def _last_end(self) -> int:
        return next(reversed(self._spans.values()))[2] if self._spans else self._opening_end


class Shape(Generic[S]):
    """A Struct that leaves room for nothing else: whole objects are read by it if they are of that shape."""

    def __init__(self, kind: type[S]) -> None:
        self._names = frozenset(kind.__struct_encode_fields__)
        self._decode = msgspec.json.Decoder(kind).decode

    def read(self, document: JsonDocument) -> S | None:
        """None where it has other fields, or other values in them."""
        if not document.fields.keys() <= self._names:
            return None
        try:
            return self._decode(document.body)
        except (msgspec.DecodeError, RecursionError):
            return None


def _merge(fields: Mapping[str, msgspec.Raw], changes: Mapping[str, bytes | None]) -> dict[str, msgspec.Raw]:
    merged = {**fields}
    for name, value in changes.items():
        if value is not None:
            merged[name] = msgspec.Raw(value)
        else:
            merged.pop(name, None)
    return merged


def decode_object(body: bytes) -> dict[str, Any]:
    """Any JSON object, decoded wholly, with clear errors for all that is not one."""
    value = decode_value(body)
    if type(value) is not dict:
        raise invalid("The body must be a JSON object.")
    return value


def split_object(body: bytes) -> dict[str, msgspec.Raw]:
    """The top level of a JSON object, its values unread: for what may be large and is passed on whatever it holds."""
    try:
        check_utf8(body)
        return _decode_fields(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _refuse(body, error) from None


def decode_value(body: bytes) -> Any:
    """Any JSON value, not nested deeper than `MAX_DEPTH`."""
    try:
        value = _decode_any(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _refuse(body, error) from None
    if may_be_deep(body):
        _check_depth(value)
    return value


def encode_json(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return _encode(value)


def _find_spans(body: bytes, fields: dict[str, msgspec.Raw], cursor: int) -> dict[str, Span]:
    """Where each member lies; raises if the text is not exactly these members, each of them once."""
    spans: dict[str, Span] = {}
    delimiter = b","
    for name, raw in fields.items():
        start = _find_value(body, name, cursor) if delimiter == b"," else -1
        if start < 0 or not body.startswith(raw, start):
            raise _duplicate_key()
        end = start + len(memoryview(raw))
        spans[name] = (cursor, start, end)
        delimiter = body[end : end + 1]
        cursor = end + 1
        if delimiter not in _DELIMITERS or body[cursor : cursor + 1] in _WHITESPACE:
            separator = _SEPARATOR.match(body, end)
            if separator is None:
                raise _duplicate_key()
            delimiter = separator[1]
            cursor = separator.end()
    if fields and (delimiter != b"}" or cursor != len(body)):
        raise _duplicate_key()
    return spans


def _find_value(body: bytes, name: str, cursor: int) -> int:
    """Where the value of the member begins whose key is at `cursor`; -1 if that key is another one."""
    plain = b'"%b":' % name.encode()
    if body.startswith(plain, cursor):
        start = cursor + len(plain)
        if body[start : start + 1] not in _WHITESPACE:
            return start
    key = _KEY.match(body, cursor)
    return key.end() if key is not None and _decode_any(key[1]) == name else -1


def check_utf8(body: bytes) -> None:
    """Raises UnicodeDecodeError for what is no UTF-8: msgspec does not look into what it skips or keeps raw. In windows,
    since a string of a large body takes up to four times its room."""
    if len(body) <= _WINDOW:
        body.decode()
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(body), _WINDOW):
        decoder.decode(body[start : start + _WINDOW])
    decoder.decode(b"", final=True)


def may_be_deep(body: bytes) -> bool:
    """Whether there may be enough brackets to nest too deeply. To count them in a large text costs more than to look."""
    return len(body) > SMALL_BYTES or body.count(b"[") + body.count(b"{") > MAX_DEPTH


def _check_depth(value: Any) -> None:
    """Refuse what nests deeper than `MAX_DEPTH`, level by level, so that no recursion of ours can run out."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) in _CONTAINERS
        ]
        if not level:
            return
    raise invalid(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _duplicate_key() -> DragomanError:
    return invalid("A key stands twice in the top level of the body; which one counts would be a guess.")


def _refuse(body: bytes, error: Exception) -> DragomanError:
    stripped = body.lstrip(b" \t\r\n")
    if not stripped:
        return invalid("The body is empty; a JSON object is expected.")
    if not stripped.startswith(b"{"):
        return invalid("The body must be a JSON object.")
    if isinstance(error, RecursionError):
        return invalid("The body is nested too deeply.")
    if isinstance(error, UnicodeDecodeError):
        return invalid("The body is not valid UTF-8.")
    return invalid(f"The body is not valid JSON: {error}")

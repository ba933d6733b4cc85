"""A form with files (multipart/form-data, RFC 7578), of which one field is read and changed and every other byte stays.

The boundary is the form's own first line, so that nothing but the body is needed. Invariant: a form that is not whole, or
has the field twice, is refused: what we read is what is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dragoman.errors import DragomanError, invalid

_FIRST_LINE = re.compile(rb"--([0-9A-Za-z'()+_,./:=? -]{1,70})\r\n")
_NAME = re.compile(rb'content-disposition:[ \t]*form-data;(?:[^\r\n]*?;)?[ \t]*name="([^"\r\n]*)"', re.IGNORECASE)
_FILE = re.compile(rb"content-disposition:[^\r\n]*;[ \t]*filename\*?=", re.IGNORECASE)
_FILE_NAME = re.compile(rb'content-disposition:[^\r\n]*;[ \t]*filename="([^"\r\n]*)"', re.IGNORECASE)
_CONTENT_TYPE = re.compile(rb"(?:^|\n)content-type:[ \t]*([^\r\n;]+)", re.IGNORECASE)


class FormFile(NamedTuple):
    """A file in a form, as its sender calls it."""

    name: str
    media_type: str
    data: bytes


class Form:
    """A form's bytes, with the places of its plain fields."""

    __slots__ = ("_spans", "body", "boundary")

    def __init__(self, body: bytes) -> None:
        first = _FIRST_LINE.match(body)
        if first is None:
            raise invalid("The body must be a form: multipart/form-data.")
        self.body = body
        self.boundary = first[1]
        self._spans = _find_fields(body, b"\r\n--" + self.boundary, first.end())

    @property
    def content_type(self) -> bytes:
        return b'multipart/form-data; boundary="' + self.boundary + b'"'

    def read(self, name: str) -> str | None:
        """A plain field's text; None where it is absent."""
        span = self._spans.get(name.encode())
        if span is None:
            return None
        try:
            return self.body[span[0] : span[1]].decode()
        except UnicodeDecodeError:
            raise invalid("This field is no UTF-8.", name) from None

    def read_files(self) -> list[FormFile]:
        """The form's files, in their order."""
        return [
            FormFile(
                _decode(_FILE_NAME.search(head)),
                _decode(_CONTENT_TYPE.search(head)).strip().lower(),
                self.body[start:end],
            )
            for head, start, end in _walk(self.body, b"\r\n--" + self.boundary, len(self.boundary) + 4)
            if _FILE.search(head)
        ]

    def patch(self, name: str, value: str) -> bytes:
        """The body with another value for a field that it has."""
        start, end = self._spans[name.encode()]
        return b"".join((self.body[:start], value.encode(), self.body[end:]))


def _find_fields(body: bytes, delimiter: bytes, cursor: int) -> dict[bytes, tuple[int, int]]:
    """Where the content of each plain field lies; files are passed over."""
    spans: dict[bytes, tuple[int, int]] = {}
    for head, start, end in _walk(body, delimiter, cursor):
        name = _NAME.search(head)
        if name is not None and not _FILE.search(head):
            if name[1] in spans:
                raise invalid("The form has this field twice.", name[1].decode("latin-1")[:64])
            spans[name[1]] = (start, end)
    return spans


def _walk(body: bytes, delimiter: bytes, cursor: int) -> Iterator[tuple[bytes, int, int]]:
    """The head of each part, and where its content lies."""
    while True:
        head_end = body.find(b"\r\n\r\n", cursor)
        end = body.find(delimiter, cursor)
        if head_end < 0 or end < 0 or head_end + 2 > end:
            raise _cut()
        yield body[cursor:head_end], head_end + 4, end
        cursor = end + len(delimiter)
        if body.startswith(b"--", cursor):
            return
        if not body.startswith(b"\r\n", cursor):
            raise _cut()
        cursor += 2


def _decode(found: re.Match[bytes] | None) -> str:
    return found[1].decode("utf-8", "replace") if found is not None else ""


def _cut() -> DragomanError:
    return invalid("The form is not whole: a part of it does not end, or has no head.")

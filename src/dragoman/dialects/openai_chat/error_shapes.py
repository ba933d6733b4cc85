"""What an error body tells, in whichever of the many shapes it comes.

Providers wrap the same facts differently: `{"error": {…}}`, `{"error": "…"}`, `{"detail": …}`, `{"message": …}`, or a
list of one of these.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from dragoman.errors import DragomanError
from dragoman.wire.json_document import decode_value
from dragoman.wire.json_read import Fields

_LONGEST_MESSAGE = 600
_PLACE = re.compile(r"[A-Za-z0-9_.\[\]-]{1,80}")
"""A place in a request: short and plain, so that it may be repeated to the caller."""


class Told(NamedTuple):
    """What an error body tells, wherever it keeps it."""

    message: str = ""
    codes: tuple[str, ...] = ()
    status: int | None = None
    param: str = ""


def read_error_body(body: bytes) -> Told:
    """An error answer; one that is no JSON tells nothing."""
    try:
        value = decode_value(body)
    except DragomanError:
        return Told()
    if type(value) is list and value:
        value = value[0]
    return read_error_fields(value) if type(value) is dict else Told()


def read_error_fields(fields: Fields) -> Told:
    """An error answer that is decoded already."""
    error = fields.get("error")
    if type(error) is dict:
        return _read_error(error)
    if type(error) is str:
        return Told(_clean(error))
    if "detail" in fields:
        return _read_detail(fields["detail"])
    return _read_error(fields)


def _read_error(error: Fields) -> Told:
    """OpenAI's error object, and those that look like it: a code may be a word, or a status in figures."""
    codes = tuple(
        value for name in ("code", "type") if type(value := error.get(name)) is str and value and not value.isdigit()
    )
    param = error.get("param")
    message = error.get("message")
    return Told(
        message=_clean(message) if type(message) is str else "",
        codes=codes,
        status=_read_status(error),
        param=param if type(param) is str and _PLACE.fullmatch(param) else "",
    )


def _read_status(error: Fields) -> int | None:
    for name in ("status", "code", "status_code", "raw_status_code"):
        value = error.get(name)
        if type(value) is str and value.isascii() and value.isdigit() and len(value) == 3:
            value = int(value)
        if type(value) is int and 400 <= value <= 599:
            return value
    return None


def _read_detail(detail: Any) -> Told:
    """FastAPI's validation errors name the place as a list: `["body", "messages", 0]`."""
    if type(detail) is str:
        return Told(_clean(detail))
    first = detail[0] if type(detail) is list and detail else detail
    if type(first) is not dict:
        return Told()
    message = first.get("msg") or first.get("message")
    place = first.get("loc")
    steps = [str(step) for step in place if step != "body"] if type(place) is list else []
    param = ".".join(steps)
    return Told(_clean(message) if type(message) is str else "", param=param if _PLACE.fullmatch(param) else "")


def _clean(message: str) -> str:
    """One line of bounded length."""
    return " ".join(message[:_LONGEST_MESSAGE].split())

"""Items that a request only names (`item_reference`), because the response that they came in was kept.

The ids that we give to items hold the id of their response, so that no index of items is needed. Items stay raw JSON. A
reference to what is not there stays as it is: somebody else may know it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from dragoman.dialects.openai_responses.stored import read_items
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.wire.json_document import JsonDocument, encode_json

MAX_RESPONSES: Final = 1000
MAX_BYTES: Final = 32 * 1024 * 1024

_OWN_ITEM = re.compile(r"[a-z]{1,8}_(dragoman_[0-9a-f]{24})_[0-9]{1,6}")


class _Item(msgspec.Struct):
    type: Any = None
    id: Any = None


class _Body(msgspec.Struct):
    output: list[msgspec.Raw]


_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_item = msgspec.json.Decoder(_Item).decode
_decode_body = msgspec.json.Decoder(_Body).decode


def find_references(document: JsonDocument) -> list[str]:
    """The responses of ours that items of the request stand in, each once."""
    named = (_OWN_ITEM.fullmatch(_read_reference(raw)) for raw in _decode_items(read_items(document)))
    responses = dict.fromkeys(f"resp_{match[1]}" for match in named if match is not None)
    if len(responses) > MAX_RESPONSES:
        raise invalid(
            f"Items of more than {MAX_RESPONSES} responses are referred to; send the items themselves.", "input"
        )
    return list(responses)


def put_referred(document: JsonDocument, bodies: Mapping[str, bytes]) -> bytes:
    """The request with the items themselves in place of their references."""
    known = {_decode_item(raw).id: raw for body in bodies.values() for raw in _decode_body(body).output}
    items = [known.get(_read_reference(raw), raw) for raw in _decode_items(read_items(document))]
    if sum(len(memoryview(item)) for item in items) > MAX_BYTES:
        message = f"With the items that it refers to the input is longer than {MAX_BYTES // (1024 * 1024)} MiB."
        raise DragomanError(Kind.CONTEXT_LENGTH, message, path="input")
    return document.patch({"input": encode_json(items)})


def _read_reference(raw: msgspec.Raw) -> str:
    """The id that the item refers to; empty where it is an item itself."""
    if bytes(memoryview(raw)[:1]) != b"{":
        return ""
    item = _decode_item(raw)
    return item.id if item.type == "item_reference" and type(item.id) is str else ""

"""Responses that the gateway keeps for its callers: their ids, and the shapes in which they are asked for again.

Items of requests stay raw JSON, so that they go to the provider again as they came. Ids that we give have a form of
their own: nobody else's response is taken for one of ours. All wordings are OpenAI's, since clients match on them.
Spec: https://platform.openai.com/docs/api-reference/responses/input-items
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from dragoman.dialects.openai_responses.output_items import item_id
from dragoman.dialects.openai_responses.wire import MESSAGE_ROLES, NAME
from dragoman.errors import DragomanError, Kind, UpstreamReply, invalid
from dragoman.wire.json_document import JsonDocument, encode_json
from dragoman.wire.json_read import Fields

ID_PREFIX: Final = "resp_dragoman_"
DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100
MAX_SHOWN: Final = 200

_OWN_ID = re.compile(r"resp_dragoman_[0-9a-f]{24}")
_PREFIXES: Final = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "reasoning": "rs",
}
_HAVE_STATUS: Final = frozenset({"message", "function_call", "function_call_output"})


class _Body(msgspec.Struct):
    output: msgspec.Raw


class _Terminal(msgspec.Struct):
    response: msgspec.Raw


_decode_items = msgspec.json.Decoder(list[Any]).decode
_decode_body = msgspec.json.Decoder(_Body).decode
_decode_terminal = msgspec.json.Decoder(_Terminal).decode


def is_own_id(id: str) -> bool:
    """Whether it is one that this gateway gave."""
    return _OWN_ID.fullmatch(id) is not None


def read_items(document: JsonDocument) -> bytes:
    """A request's `input` as a JSON array of items."""
    given = document.fields.get("input")
    raw = b"[]" if given is None else bytes(given)
    if raw.startswith(b"["):
        return raw
    text = document.read("input")
    return encode_json([{"role": "user", "content": text}]) if type(text) is str else b"[]"


def read_terminal(data: bytes) -> bytes:
    """The answer that a stream's last event holds."""
    return bytes(_decode_terminal(data).response)


def join_arrays(arrays: Iterable[bytes]) -> bytes:
    """JSON arrays as one, their items as they are."""
    inner = [array.strip()[1:-1].strip() for array in arrays]
    return b"[%b]" % b",".join(array for array in inner if array)


def expand_request(document: JsonDocument, turns: Iterable[tuple[bytes, bytes]], before: bytes = b"[]") -> bytes:
    """The request with all that was said before: items and answer of each earlier response, the first one first, and
    in front of them what stood `before`."""
    arrays = [piece for items, body in turns for piece in (items, bytes(_decode_body(body).output))]
    expanded = join_arrays([before, *arrays, read_items(document)])
    return document.patch({"input": expanded, "previous_response_id": None})


# -- what is asked of a kept response --------------------------------------------------------------------------------


def list_items(turns: Sequence[tuple[str, bytes, bytes]]) -> list[Fields]:
    """All that the model was given for the last of these responses (id, items, body), each item with an id."""
    shown: list[Fields] = []
    for position, (id, items, body) in enumerate(turns):
        given = [item for item in _decode_items(items) if type(item) is dict]
        shown += [show_item(item, id, index) for index, item in enumerate(given)]
        if position < len(turns) - 1:
            shown += _decode_items(_decode_body(body).output)
    return shown


def prefix_of(item: Fields) -> str:
    """What the id of an item of this kind begins with."""
    return _PREFIXES.get(_kind_of(item), "item")


def _kind_of(item: Fields) -> str:
    return item.get("type") or ("message" if "role" in item else "item_reference")


def show_item(item: Fields, response: str, index: int = 0) -> Fields:
    """An item as it was given, with all that one which was kept says of itself."""
    kind = _kind_of(item)
    head: Fields = {"id": item_id(f"{prefix_of(item)}_in", response, index), "type": kind}
    if kind in _HAVE_STATUS:
        head["status"] = "completed"
    shown = head | item
    text = item.get("content")
    if kind == "message" and type(text) is str:
        is_input = item.get("role") in MESSAGE_ROLES
        part = {"type": "input_text"} if is_input else {"type": "output_text", "annotations": [], "logprobs": []}
        shown["content"] = [part | {"text": text}]
    return shown


def select_page(items: list[Fields], query: dict[str, str]) -> Fields:
    """One page of items, as `limit`, `order` and `after` say; the newest first unless they say otherwise."""
    ordered = items if is_upwards(query) else items[::-1]
    if after := query.get("after"):
        places = [place for place, item in enumerate(ordered) if item.get("id") == after]
        if not places:
            raise invalid("There is no item with this id here.", "after")
        ordered = ordered[places[0] + 1 :]
    limit = read_limit(query.get("limit", ""))
    page = ordered[:limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0].get("id") if page else None,
        "last_id": page[-1].get("id") if page else None,
        "has_more": len(ordered) > limit,
    }


def is_upwards(query: dict[str, str]) -> bool:
    """Whether the oldest shall come first."""
    order = query.get("order", "desc")
    if order not in ("asc", "desc"):
        raise invalid("This parameter must be asc or desc.", "order")
    return order == "asc"


def read_limit(text: str) -> int:
    """How many items a page shall have."""
    if not text:
        return DEFAULT_LIMIT
    limit = int(text) if text.isdecimal() and len(text) < 5 else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid(f"This parameter must be a number from 1 to {MAX_LIMIT}.", "limit")
    return limit


def emit_deletion(id: str) -> Fields:
    """What is answered when a response was removed."""
    return {"id": id, "object": "response", "deleted": True}


# -- refusals --------------------------------------------------------------------------------------------------------


def previous_not_found(id: str, advice: str) -> DragomanError:
    """Nothing is known of what a request wants to continue. Another target may know it."""
    message = f"Previous response with id '{id[:MAX_SHOWN]}' not found.{advice}"
    return refuse(Kind.UNSUPPORTED, 400, message, "previous_response_id", "previous_response_not_found")


def previous_in_progress(id: str) -> DragomanError:
    """What a request wants to continue is still to be answered."""
    message = f"Previous response with id '{id[:MAX_SHOWN]}' is still in progress."
    return refuse(Kind.INVALID_REQUEST, 400, message, "previous_response_id", "previous_response_in_progress")


def background_needs_keeping(advice: str) -> DragomanError:
    """What nobody keeps cannot be asked for later."""
    message = f"Background mode needs responses to be kept.{advice}"
    return refuse(Kind.UNSUPPORTED, 400, message, "background", "unsupported_parameter")


def response_not_found(id: str, advice: str) -> DragomanError:
    """There is no such response, or it is somebody else's."""
    return refuse(Kind.NOT_FOUND, 404, f"Response with id '{id[:MAX_SHOWN]}' not found.{advice}", None, None)


def not_cancellable() -> DragomanError:
    """It does not run in the background."""
    return refuse(Kind.INVALID_REQUEST, 400, "Cannot cancel a synchronous response.", None, None)


def refuse(kind: Kind, status: int, message: str, param: str | None, code: str | None) -> DragomanError:
    """A refusal in OpenAI's words."""
    fields = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    reply = UpstreamReply(
        dialect=NAME, status=status, content_type="application/json", body=encode_json({"error": fields})
    )
    return DragomanError(kind, message, status=status, path=param or "", code=code, reply=reply)

"""Conversations that the gateway keeps for its callers: their ids, what may stand in them, and how they are told.

Items stay raw JSON, so that they go to a provider as they were said. Ids that we give have a form of their own: nobody
else's conversation is taken for one of ours. All wordings are OpenAI's, since clients match on them.
Spec: https://platform.openai.com/docs/api-reference/conversations, read November 2026.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from dragoman.dialects.openai_responses.marks import read_conversation_id
from dragoman.dialects.openai_responses.stored import MAX_SHOWN, refuse, show_item
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.wire.json_document import JsonDocument, decode_value, encode_json
from dragoman.wire.json_read import Fields

ID_PREFIX: Final = "conv_dragoman_"
MAX_NEW_ITEMS: Final = 20
MAX_PAIRS: Final = 16
MAX_KEY: Final = 64
MAX_VALUE: Final = 512

_OWN_ID = re.compile(r"conv_dragoman_[0-9a-f]{24}")
_CONTEXT_FREE: Final = frozenset({"compaction_trigger", "item_reference"})
"""What says nothing by itself."""

_decode_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode

_HIDDEN: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "reasoning.encrypted_content": ("reasoning", ("encrypted_content",)),
    "message.output_text.logprobs": ("message", ("content", "logprobs")),
    "message.input_image.image_url": ("message", ("content", "image_url")),
    "computer_call_output.output.image_url": ("computer_call_output", ("output", "image_url")),
    "file_search_call.results": ("file_search_call", ("results",)),
    "code_interpreter_call.outputs": ("code_interpreter_call", ("outputs",)),
    "web_search_call.action.sources": ("web_search_call", ("action", "sources")),
}
"""What is only shown to who asks for it: in which kind of item it stands, and where."""


def is_own_id(id: str) -> bool:
    """Whether it is one that this gateway gave."""
    return _OWN_ID.fullmatch(id) is not None


# -- requests --------------------------------------------------------------------------------------------------------


def read_conversation(document: JsonDocument) -> str | None:
    """The conversation that a request, or a kept answer, names."""
    given = document.read("conversation")
    if given is None:
        return None
    id = read_conversation_id(given)
    if not id:
        raise invalid("This field must be a conversation's id, or an object with one.", "conversation")
    if document.read("previous_response_id") is not None:
        raise _mutually_exclusive()
    return id


def read_metadata(document: JsonDocument, *, is_required: bool = False) -> bytes:
    """The metadata of a request as JSON; nothing is an empty object."""
    given = document.read("metadata")
    if "metadata" not in document.fields and is_required:
        raise invalid("This field is required.", "metadata")
    if given is None:
        return b"{}"
    if type(given) is not dict or not all(type(value) is str for value in given.values()):
        raise invalid("This field must be an object whose values are strings.", "metadata")
    if len(given) > MAX_PAIRS:
        raise invalid(f"There may be {MAX_PAIRS} pairs at most.", "metadata")
    if any(len(key) > MAX_KEY or len(value) > MAX_VALUE for key, value in given.items()):
        raise invalid(f"Keys have {MAX_KEY} characters at most, values {MAX_VALUE}.", "metadata")
    return encode_json(given)


def read_new_items(document: JsonDocument, *, is_required: bool = False) -> list[bytes]:
    """The items that a request brings, each as it came."""
    given = document.read("items")
    if given is None and not is_required:
        return []
    if type(given) is not list:
        raise invalid("This field must be an array of items.", "items")
    if len(given) > MAX_NEW_ITEMS or (is_required and not given):
        raise invalid(f"There must be 1 to {MAX_NEW_ITEMS} items at a time.", "items")
    for index, item in enumerate(given):
        _check_item(item, f"items[{index}]")
    return split_items(document.fields["items"])


def split_items(array: bytes | msgspec.Raw) -> list[bytes]:
    """The items of a JSON array, each as it came."""
    return [bytes(raw) for raw in _decode_raw(array)]


def _check_item(item: Any, path: str) -> None:
    if type(item) is not dict:
        raise invalid("An item must be an object.", path)
    kind = item.get("type", "message" if "role" in item else None)
    if type(kind) is not str or kind in _CONTEXT_FREE:
        raise invalid("An item must have a type that says something by itself.", f"{path}.type")
    if kind == "message" and not (type(item.get("role")) is str and type(item.get("content")) in {str, list}):
        raise invalid("A message must have a role and a content.", path)


def is_kept_item(raw: bytes) -> bool:
    """Whether an item of a request says something by itself."""
    item = decode_value(raw)
    return type(item) is dict and item.get("type") not in _CONTEXT_FREE


# -- answers ---------------------------------------------------------------------------------------------------------


def emit_conversation(id: str, created_ms: int, metadata: bytes) -> bytes:
    """What is told of a conversation."""
    fields = {"id": id, "object": "conversation", "created_at": created_ms // 1000, "metadata": msgspec.Raw(metadata)}
    return encode_json(fields)


def emit_deletion(id: str) -> bytes:
    """What is answered when a conversation was removed."""
    return encode_json({"id": id, "object": "conversation.deleted", "deleted": True})


def show_kept_item(id: str, raw: bytes, include: frozenset[str]) -> Fields:
    """An item as its conversation tells it, without what nobody has asked for."""
    shown = show_item(decode_value(raw), id) | {"id": id}
    for asked, (kind, place) in _HIDDEN.items():
        if asked not in include and shown["type"] == kind:
            _hide(shown, place)
    return shown


def _hide(value: Any, place: tuple[str, ...]) -> None:
    name, *rest = place
    for fields in value if type(value) is list else [value]:
        if type(fields) is not dict or name not in fields:
            continue
        if rest:
            _hide(fields[name], tuple(rest))
        else:
            del fields[name]


def list_page(items: list[Fields], *, has_more: bool) -> Fields:
    """Items as a list."""
    return {
        "object": "list",
        "data": items,
        "first_id": items[0]["id"] if items else None,
        "last_id": items[-1]["id"] if items else None,
        "has_more": has_more,
    }


# -- refusals --------------------------------------------------------------------------------------------------------


def conversation_not_found(id: str, advice: str = "") -> DragomanError:
    """There is no such conversation, or it is somebody else's."""
    return refuse(Kind.NOT_FOUND, 404, f"Conversation with id '{id[:MAX_SHOWN]}' not found.{advice}", None, None)


def item_not_found(id: str, conversation: str) -> DragomanError:
    """There is no such item in this conversation."""
    message = f"Item with id '{id[:MAX_SHOWN]}' not found in conversation '{conversation[:MAX_SHOWN]}'."
    return refuse(Kind.NOT_FOUND, 404, message, None, None)


def conversation_locked() -> DragomanError:
    """A response to an earlier request is still being written."""
    message = "Another process is currently operating on this conversation. Please retry in a few seconds."
    return refuse(Kind.INVALID_REQUEST, 400, message, "conversation", "conversation_locked")


def conversations_need_keeping(advice: str) -> DragomanError:
    """What nobody keeps cannot be begun."""
    return refuse(Kind.UNSUPPORTED, 400, f"Conversations need to be kept.{advice}", None, "unsupported")


def _mutually_exclusive() -> DragomanError:
    message = (
        "Mutually exclusive parameters. Ensure you are only providing one of: 'previous_response_id' or 'conversation'."
    )
    return refuse(Kind.INVALID_REQUEST, 400, message, None, "mutually_exclusive_parameters")

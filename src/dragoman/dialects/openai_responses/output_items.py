"""Output items as they look to clients, for whole answers and for streams alike.

An item's id is made of the answer's id and the item's index, so that the same answer always has the same ids; each
kind of item has the prefix that clients expect. Parts that this dialect parsed keep the ids they came with.
"""

from __future__ import annotations

import re
from typing import Any, Final

from dragoman.dialects.openai_responses.emit_items import reasoning_fields
from dragoman.dialects.openai_responses.marks import Fields, find_minter, is_ours, plain_fields, read_marks
from dragoman.dialects.openai_responses.tokens import CarriedToken, wrap_token
from dragoman.dialects.openai_responses.wire import NAME, NAMESPACE_JOINT
from dragoman.model.content import Extras, Reasoning

Namespaces = dict[str, tuple[str, str]]

MESSAGE: Final = "msg"
REASONING: Final = "rs"
CALL_PREFIXES: Final = {"function": "fc", "custom": "ctc"}
IMAGE: Final = "ig"

_NOTHING: Final[Fields] = {}
_MAX_STEM: Final = 48
_MADE_HERE = re.compile(r"[a-z]{1,8}_.+_[0-9]{1,6}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


def response_id(id: str) -> str:
    """The answer's id with the prefix that this dialect's ids have."""
    return id if id.startswith("resp_") else "resp_" + (_keep_safe(id) or "0")


def item_id(prefix: str, response: str, index: int) -> str:
    """The id of the item at `index`; short enough to be sent back."""
    stem = _keep_safe(response.removeprefix("resp_"))[:_MAX_STEM]
    return f"{prefix}_{stem}_{index}"


def _keep_safe(id: str) -> str:
    """The characters that an id may have; mostly all of them are, and that is told sooner than by looking at each."""
    is_safe = id.isascii() and id.replace("-", "").replace("_", "").isalnum()
    return id if is_safe else _UNSAFE.sub("", id)


def is_made_here(id: Any) -> bool:
    """Whether an item's id looks like one of `item_id`; providers number none of theirs."""
    return type(id) is str and _MADE_HERE.fullmatch(id) is not None


def open_item(extras: Extras | None, prefix: str, response: str, index: int) -> Fields:
    """The head of an item: an id made for it, and what it says of itself if it was ours."""
    marks: Fields = read_marks(extras).get("_item", _NOTHING)
    return {"id": item_id(prefix, response, index), "status": "completed", **marks}


def open_message(extras: Extras | None, response: str, index: int, content: list[Fields]) -> Fields:
    """A message of the assistant, with its content so far; unknown fields of one that was ours stand behind it."""
    item: Fields = {"type": "message", "id": item_id(MESSAGE, response, index), "status": "completed"}
    marks = read_marks(extras)
    if marks:
        item |= marks.get("_item", _NOTHING)
    item["role"] = "assistant"
    item["content"] = content
    for name, value in marks.items():
        if name.startswith("message."):
            item[name.removeprefix("message.")] = value
    return item


def text_message(response: str, text: str) -> Fields:
    """The message of an answer that says this and nothing else."""
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    id = item_id(MESSAGE, response, 0)
    return {"type": "message", "id": id, "status": "completed", "role": "assistant", "content": content}


def mark_cut(item: Fields) -> Fields:
    """The last item of an answer that is incomplete says so too."""
    return {**item, "status": "incomplete"} if "status" in item else item


def call_item(head: Fields, call_id: str, name: str, arguments: str, kind: str) -> Fields:
    """A call of a function or of a custom tool."""
    item = {**head, "call_id": call_id, "name": name}
    item |= (
        {"type": "custom_tool_call", "input": arguments}
        if kind == "custom"
        else {
            "type": "function_call",
            "arguments": arguments,
        }
    )
    return item


def split_name(name: str, extras: Extras | None, namespaces: Namespaces) -> tuple[str, str | None]:
    """The tool's name and its namespace, if the model's name stands for both."""
    namespace = read_marks(extras).get("_namespace")
    if type(namespace) is str:
        return name.removeprefix(f"{namespace}{NAMESPACE_JOINT}"), namespace
    if name in namespaces:
        namespace, short = namespaces[name]
        return short, namespace
    return name, None


def reasoning_item(part: Reasoning, response: str, index: int, *, wants_tokens: bool) -> Fields:
    """Thinking. Ours comes out as it was; that of others is shown as a summary, and their tokens, if the client wants
    to give them back, travel in an envelope."""
    if is_ours(part.extras):
        marks = read_marks(part.extras)
        own = {"type": "reasoning", **marks.get("_item", {})} | reasoning_fields(part, marks) | plain_fields(marks)
        return {"id": item_id(REASONING, response, index), "summary": []} | own
    texts = part.summary if part.summary is not None else [part.text] if part.text else []
    return {
        "id": item_id(REASONING, response, index),
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": text} for text in texts],
        "encrypted_content": carry_reasoning(part) if wants_tokens else None,
    }


def carry_reasoning(part: Reasoning) -> str | None:
    """The envelope for thinking of another dialect; None where there is no token whose minter is known."""
    minter = find_minter(part.extras)
    if minter is None or minter == NAME or (part.signature or part.encrypted or part.redacted) is None:
        return None
    return wrap_token(
        CarriedToken(
            minter=minter,
            signature=part.signature,
            encrypted=part.encrypted,
            redacted=part.redacted,
            text=part.text or "\n\n".join(part.summary or ()),
        )
    )


def signature_item(call_id: str, signature: str, minter: str, response: str, index: int) -> Fields:
    """An item without text that carries the signature of the tool call behind it."""
    token = CarriedToken(minter=minter, signature=signature, call_id=call_id)
    return {
        "id": item_id(REASONING, response, index),
        "type": "reasoning",
        "summary": [],
        "encrypted_content": wrap_token(token),
    }

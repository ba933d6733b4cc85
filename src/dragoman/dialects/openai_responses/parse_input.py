"""The items of a request's `input` → turns.

The wire has a flat list of items; the model has turns. Consecutive items of the assistant's side (reasoning, messages,
calls) are one assistant turn whose parts keep the order; every result is a tool turn; every other message is a turn of
its own. In turns that hold nothing but items without a canonical form the turn carries `_bare`: its parts are items, not
content. A message that is written as the first one is, and says nothing else of itself, carries no marks.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.openai_responses.marks import Fields, item_fields
from dragoman.dialects.openai_responses.parse_items import (
    MESSAGE_FIELDS,
    RESULTS,
    SPOKEN,
    item_kind,
    parse_assistant_message,
    parse_content_field,
    parse_output_item,
    read_token,
)
from dragoman.dialects.openai_responses.tokens import CarriedToken
from dragoman.dialects.openai_responses.wire import MESSAGE_ROLES, NAME, RESULT_ITEMS, SETTING_ITEMS
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import Opaque, Part, Text, ToolCall
from dragoman.model.request import Role, Turn
from dragoman.wire.json_read import read_required


class InputReader:
    """Reads the items of a request's `input`; those of the assistant are gathered until something else comes.

    `notes` are for the request's own extras. They tell how the first message is written: `_untyped`, that it leaves out
    its type, and `_listed`, that a text alone stands in a list. `_tool_items` are the items that only add tools, with
    their places.
    """

    __slots__ = ("_assistant", "_is_listed", "_is_lone", "_is_typed", "_signatures", "notes", "turns")

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.notes: Fields = {}
        self._assistant: list[Part] = []
        self._is_lone = False  # the assistant has said nothing so far but one text without marks
        self._is_typed: bool | None = None
        self._is_listed: bool | None = None
        self._signatures: dict[str, CarriedToken] = {}

    def read_all(self, items: list[Any]) -> list[Turn]:
        """All items."""
        index = 0
        try:
            for index, item in enumerate(items):
                if type(item) is not dict:
                    raise invalid("An object is expected here.")
                kind = item.get("type")
                if type(kind) is not str:
                    kind = item_kind(item)
                if kind == "message":
                    self._read_message(item)
                elif kind == "additional_tools" and type(item.get("tools")) is list:
                    self.notes.setdefault("_tool_items", []).append({"index": index, "item": item})
                else:
                    self._read_item(kind, item)
        except DragomanError as error:
            raise error.under(f"input[{index}]") from None
        self._end_turn()
        if self._is_typed is False:
            self.notes["_untyped"] = True
        if self._is_listed:
            self.notes["_listed"] = True
        return self.turns

    def _read_item(self, kind: str, item: Fields) -> None:
        if kind in RESULTS and item.get("call_id") is not None:
            self._add_turn(Turn("tool", [RESULTS[kind](item)]))
        elif kind in RESULT_ITEMS or kind in RESULTS:
            self._add_turn(_bare_turn("tool", kind, item))
        elif kind in SETTING_ITEMS:
            self._add_turn(_bare_turn("developer", kind, item))
        else:
            self._read_output_item(kind, item)

    def _read_message(self, item: Fields) -> None:
        role: Any = read_required(item, "role", str)
        if role == "assistant":
            self._read_assistant(item)
        elif role in MESSAGE_ROLES:
            if self._assistant:
                self._end_turn()
            is_usual = self._is_usual(item)
            text = _read_lone_text(item.get("content"), "input_text") if is_usual else None
            if text is not None and self._is_alike(item):
                self.turns.append(Turn(role, [Text(text)], shorthand=True))
            else:
                self.turns.append(_parse_message(item, is_usual=is_usual))
        else:
            self._add_turn(_bare_turn("developer", "message", item))

    def _read_assistant(self, item: Fields) -> None:
        """Where a message begins behind other words must be told by marks, and so must a string among other items."""
        is_first = not self._assistant
        is_usual = self._is_usual(item) and (is_first or not isinstance(self._assistant[-1], SPOKEN))
        text = _read_lone_text(item["content"], "output_text") if is_usual and is_first else None
        if text is not None and self._is_alike(item):
            self._assistant.append(Text(text))
            self._is_lone = True
        else:
            self._go_on()
            self._assistant += parse_assistant_message(item, is_marked=not is_usual)

    def _is_usual(self, item: Fields) -> bool:
        """Whether a message is role and content and, if the first one has it, the type."""
        is_typed = "type" in item
        if len(item) != 2 + is_typed or "content" not in item or (is_typed and item["type"] is None):
            return False
        if self._is_typed is None:
            self._is_typed = is_typed
        return self._is_typed == is_typed

    def _is_alike(self, item: Fields) -> bool:
        """Whether a text alone is written as the first one is."""
        is_listed = type(item["content"]) is list
        if self._is_listed is None:
            self._is_listed = is_listed
        return self._is_listed == is_listed

    def _read_output_item(self, kind: str, item: Fields) -> None:
        token = read_token(item) if kind == "reasoning" else None
        if token is not None and token.call_id is not None:
            self._signatures[token.call_id] = token
            return
        self._go_on()
        for part in parse_output_item(item):
            if isinstance(part, ToolCall) and part.id in self._signatures:
                self._assistant.append(_sign_call(part, self._signatures[part.id]))
            else:
                self._assistant.append(part)

    def _go_on(self) -> None:
        """The assistant has more to say. If it was a bare string so far, marks must tell so now."""
        if self._is_lone and not self._is_listed:
            item: Fields = {"role": "assistant", "content": self._assistant[0].text}  # type: ignore[union-attr]
            self._assistant = parse_assistant_message({"type": "message", **item} if self._is_typed else item)
        self._is_lone = False

    def _add_turn(self, turn: Turn) -> None:
        self._end_turn()
        self.turns.append(turn)

    def _end_turn(self) -> None:
        if self._assistant:
            self.turns.append(Turn("assistant", self._assistant, shorthand=self._is_lone))
            self._assistant = []
            self._is_lone = False


def _read_lone_text(content: Any, natural: str) -> str | None:
    """The text of a message that holds nothing else, as a string or in a list; None where there is more, or less."""
    if type(content) is str:
        return content
    only = content[0] if type(content) is list and len(content) == 1 else None
    if type(only) is not dict or len(only) != 2 or only.get("type") != natural:
        return None
    text = only.get("text")
    return text if type(text) is str and text else None


def _parse_message(item: Fields, *, is_usual: bool) -> Turn:
    """A message of anybody but the assistant; marks tell how it is written if that is not as usual."""
    content = item.get("content")
    if type(content) is str:
        extras = {NAME: item_fields(item, MESSAGE_FIELDS)}
        return Turn(item["role"], [Text(content)], shorthand=True, extras=extras)
    parts = parse_content_field(content, "input_text")
    return Turn(item["role"], parts, extras=None if is_usual else {NAME: item_fields(item, MESSAGE_FIELDS)})


def _sign_call(call: ToolCall, token: CarriedToken) -> ToolCall:
    extras = {**(call.extras or {}), token.minter: {"minted": True}}
    return msgspec.structs.replace(call, signature=token.signature, extras=extras)


def _bare_turn(role: Role, kind: str, item: Fields) -> Turn:
    return Turn(role, [Opaque(NAME, kind, item)], extras={NAME: {"_bare": True}})

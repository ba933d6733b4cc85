"""What an assistant says, whether as an answer or as history: content, reasoning, refusal, media and tool calls.

The parts come in the order in which a model produces them, whatever the order of the JSON keys: reasoning, content,
refusal, audio, images, tool calls. Fields that are there but say nothing (`"content": ""`) make no part; their
spelling is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dragoman.dialects.openai_chat.marks import FORM, MINTED, form_of, keep, own_fields, rest_of
from dragoman.dialects.openai_chat.parse_content import parse_content, parse_part, read_marks
from dragoman.dialects.openai_chat.wire import GOOGLE_MINTER, NAME, REASONING_TEXT_FIELDS
from dragoman.errors import invalid
from dragoman.model.content import (
    Audio,
    Extras,
    InlineData,
    Part,
    Reasoning,
    Refusal,
    StoredFile,
    Text,
    ToolCall,
)
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required, read_under

LEGACY_ID = ""
"""The id of a legacy `function_call`, which has none on the wire."""

_REASONING_FIELDS = frozenset({*REASONING_TEXT_FIELDS, "reasoning_details"})
_KNOWN = frozenset({"role", "content", "refusal", "audio", "images", "tool_calls", "function_call"})
_CALL_FIELDS = frozenset({"id", "type", "function", "custom"})
_FUNCTION_FIELDS = frozenset({"name", "arguments"})
_CUSTOM_FIELDS = frozenset({"name", "input"})


class Spoken:
    """An assistant message, read: its parts, the spelling to remember, and what nobody knew."""

    __slots__ = ("form", "parts", "rest", "shorthand")

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.form: Fields = {}
        self.rest: Fields = {}
        self.shorthand = False

    @property
    def extras(self) -> Extras | None:
        return keep(self.rest, self.form)

    def remember_empty(self, name: str, value: Any) -> None:
        """A field that says nothing, to be repeated in the same dialect."""
        self.form.setdefault("empty", {})[name] = value


def parse_assistant(message: Fields) -> Spoken:
    """Read a message of role `assistant`."""
    spoken = Spoken()
    content = message.get("content")
    rest = spoken.rest = rest_of(message, _KNOWN)
    if rest and not rest.keys().isdisjoint(_REASONING_FIELDS):
        _read_reasoning(spoken)
    _read_content(content, spoken)
    for name, read in _READERS:
        value = message.get(name)
        if value is not None:
            read(value, spoken)
    return spoken


def _read_content(content: Any, spoken: Spoken) -> None:
    if type(content) is str and content:
        spoken.parts.append(Text(content))
        spoken.shorthand = True
    elif content == "":
        spoken.remember_empty("content", content)
    elif content is not None:
        spoken.parts += parse_content(content)
        spoken.form["content"] = "list"


# -- reasoning -------------------------------------------------------------------------------------------------------


def _read_reasoning(spoken: Spoken) -> None:
    """One part out of up to three fields that tell the same thinking. The details also carry its opaque tokens."""
    rest = spoken.rest
    text = ""
    names: list[str] = []
    for name in REASONING_TEXT_FIELDS:
        value = rest.get(name)
        if type(value) is not str:
            continue
        if not value:
            spoken.remember_empty(name, rest.pop(name))
        elif not names or value == text:
            text = value
            names.append(name)
            del rest[name]
    details = rest.pop("reasoning_details", None)
    if details == []:
        spoken.remember_empty("reasoning_details", details)
    elif details is not None:
        spoken.parts.append(build_reasoning(text, names, read_details(details)))
    elif names:
        spoken.parts.append(build_reasoning(text, names, []))


def read_details(value: Any) -> list[Fields]:
    """OpenRouter's `reasoning_details`."""
    if type(value) is not list:
        raise invalid("This field must be an array.", "reasoning_details")
    return read_each(value, "reasoning_details", lambda detail: detail)


def build_reasoning(text: str, names: list[str], details: list[Fields]) -> Reasoning:
    """A reasoning part from its text, the fields it stood in and the details beside it."""
    form = {"fields": names} if names else {}
    if not details:
        return Reasoning(text, extras=keep({}, form, is_minted=True))
    return Reasoning(
        text or "".join(_detail_text(detail) for detail in details),
        signature=_first_word(details, "signature"),
        encrypted=_first_word(details, "data"),
        extras=keep({"reasoning_details": details}, form, is_minted=True),
    )


def _detail_text(detail: Fields) -> str:
    for name in ("text", "summary"):
        value = detail.get(name)
        if type(value) is str:
            return value
    return ""


def _first_word(details: list[Fields], name: str) -> str | None:
    for detail in details:
        value = detail.get(name)
        if type(value) is str and value:
            return value
    return None


# -- the other fields ------------------------------------------------------------------------------------------------


def _read_refusal(value: Any, spoken: Spoken) -> None:
    if type(value) is not str:
        raise invalid("This field must be a string.", "refusal")
    if value:
        spoken.parts.append(Refusal(value))
    else:
        spoken.remember_empty("refusal", value)


def _read_audio(value: Any, spoken: Spoken) -> None:
    """Spoken output, or as history the id of it."""
    if type(value) is not dict:
        raise invalid("This field must be an object.", "audio")
    data = read_optional(value, "data", str)
    identifier = read_optional(value, "id", str)
    transcript = read_optional(value, "transcript", str)
    if not data and not identifier:
        spoken.remember_empty("audio", value)
        return
    source = InlineData("", data) if data else StoredFile(identifier or "")
    spoken.parts.append(Audio(source, transcript, extras=keep({"audio": value}, {})))


def _read_images(value: Any, spoken: Spoken) -> None:
    """Pictures that a model drew, in OpenRouter's field."""
    if type(value) is not list:
        raise invalid("This field must be an array.", "images")
    if value:
        spoken.parts += read_each(value, "images", parse_part)
    else:
        spoken.remember_empty("images", value)


def _read_calls(value: Any, spoken: Spoken) -> None:
    if type(value) is not list:
        raise invalid("This field must be an array.", "tool_calls")
    if value:
        spoken.parts += read_each(value, "tool_calls", parse_tool_call)
    else:
        spoken.remember_empty("tool_calls", value)


def _read_legacy_call(value: Any, spoken: Spoken) -> None:
    if type(value) is not dict:
        raise invalid("This field must be an object.", "function_call")
    if not value.get("name") and not value.get("arguments"):
        spoken.remember_empty("function_call", value)
        return
    call = ToolCall(LEGACY_ID, *_read_function(value), extras=keep({}, {"legacy": True}))
    spoken.parts.append(call)


_READERS: tuple[tuple[str, Callable[[Any, Spoken], None]], ...] = (
    ("refusal", _read_refusal),
    ("audio", _read_audio),
    ("images", _read_images),
    ("tool_calls", _read_calls),
    ("function_call", _read_legacy_call),
)

# -- tool calls ------------------------------------------------------------------------------------------------------


def parse_tool_call(call: Fields) -> ToolCall:
    """One entry of `tool_calls`. A type is rarely missing and never needed: the payload's own name tells."""
    cache, extras = read_marks(call, _CALL_FIELDS)
    signature = read_signature(extras)
    if signature is not None:
        extras = mark_google(extras)
    identifier = read_optional(call, "id", str) or ""
    if type(call.get("custom")) is dict and call.get("type") != "function":
        name, text = read_under(call, "custom", _read_custom) or ("", "")
        return ToolCall(identifier, name, text, "custom", signature, cache, extras)
    function = read_under(call, "function", _read_function)
    if function is None:
        raise invalid("A tool call needs a function.", "function")
    name, arguments = function
    return ToolCall(identifier, name, arguments, "function", signature, cache, _add_odd(call, extras))


def _add_odd(call: Fields, extras: Extras | None) -> Extras | None:
    """A type that is not `function`, a `custom` beside the function, and unknown fields inside it."""
    odd = {name: call[name] for name in ("type", "custom") if call.get(name) is not None}
    if odd.get("type") == "function":
        del odd["type"]
    if left := rest_of(call["function"], _FUNCTION_FIELDS):
        odd["function"] = left
    return {**(extras or {}), NAME: {**own_fields(extras), **odd}} if odd else extras


def _read_function(function: Fields) -> tuple[str, str]:
    """Name and arguments. Arguments given as an object, not as text, are written down."""
    arguments = function.get("arguments")
    if type(arguments) is dict:
        arguments = encode_json(arguments).decode()
    elif arguments is None:
        arguments = ""
    elif type(arguments) is not str:
        raise invalid("This field must be a string that holds JSON.", "arguments")
    return read_required(function, "name", str), arguments


def _read_custom(custom: Fields) -> tuple[str, str]:
    return read_required(custom, "name", str), read_optional(custom, "input", str) or ""


def read_signature(extras: Extras | None) -> str | None:
    """Google's thought signature, as its compatible endpoint puts it beside a tool call."""
    node: Any = extras.get(NAME) if extras else None
    for name in ("extra_content", "google", "thought_signature"):
        if type(node) is not dict:
            return None
        node = node.get(name)
    return node if type(node) is str else None


def mark_google(extras: Extras | None) -> Extras:
    """The signature may go out again in this dialect, and to its minter in its own."""
    own = dict(own_fields(extras))
    own[FORM] = {**form_of(extras), "extra_content": own.pop("extra_content")}
    return {NAME: {**own, MINTED: True}, GOOGLE_MINTER: {MINTED: True}}


def is_legacy(call: ToolCall) -> bool:
    """Whether the call stood in `function_call`."""
    return "legacy" in form_of(call.extras)

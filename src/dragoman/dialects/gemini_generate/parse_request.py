"""A client's request to the model. Settings are in `parse_config.py`, parts in `parse_parts.py`.

Results of tools stand among other parts here and in turns of their own there: a content that mixes them becomes
several turns, the later ones `joined`.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.base import Envelope
from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.call_ids import pair_calls
from dragoman.dialects.gemini_generate.keys import REQUEST, has_snake_keys, rename_keys
from dragoman.dialects.gemini_generate.marks import own_extras
from dragoman.dialects.gemini_generate.parse_config import read_config
from dragoman.dialects.gemini_generate.parse_parts import parse_parts
from dragoman.dialects.gemini_generate.parse_tools import parse_tool_config, parse_tools
from dragoman.dialects.gemini_generate.usual_request import read_usual
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import Part, Text, ToolResult
from dragoman.model.request import Request, Role, Turn
from dragoman.wire.json_document import JsonDocument
from dragoman.wire.json_read import Fields, read_optional, require_one_of, rest_of

_ROLES: dict[str, Role] = {"user": "user", "model": "assistant", "function": "user", "tool": "user", "": "user"}
_USUAL_WORDS = frozenset({"user", "model"})


def open_envelope(body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
    """Model and stream flag are in the URL; a body may repeat the model, and only counts if the URL has none."""
    document = JsonDocument(body)
    model = path_model
    if model is None:
        model = document.read("model")
        if type(model) is not str or not model:
            raise invalid("The model must be named in the URL.", "model")
    return Envelope(model=model.removeprefix("models/"), stream=bool(path_stream), document=document)


def parse_request(envelope: Envelope) -> Request:
    """The whole request."""
    return read_usual(envelope) or read_with_care(envelope)


def read_with_care(envelope: Envelope) -> Request:
    """The same, for whatever shape it has; says what is wrong. A `countTokens` body may hold it under `generateContentRequest`."""
    body = envelope.document.decode()
    if has_snake_keys(envelope.document.body):
        rename_keys(body, REQUEST)
    inner = read_optional(body, "generateContentRequest", dict)
    fields = body if inner is None else inner
    config = read_config(fields)
    said = config.said
    rest = rest_of(fields, wire.REQUEST_FIELDS) or {}
    if config.rest:
        rest["generationConfig"] = config.rest
    if "toolConfig" in fields:
        said["tool_choice"], tool_config = parse_tool_config(fields)
        if tool_config is not None:
            rest["toolConfig"] = tool_config
    rest.update(config.notes)
    turns = _parse_turns(fields)
    if "tools" in fields:
        said["tools"] = parse_tools(fields)
    if "serviceTier" in fields:
        said["service_tier"] = read_optional(fields, "serviceTier", str)
    if "store" in fields:
        said["store"] = read_optional(fields, "store", bool)
    return Request(model=envelope.model, turns=turns, stream=envelope.stream, extras=own_extras(rest), **said)


def _parse_turns(fields: Fields) -> list[Turn]:
    turns: list[Turn] = []
    system = fields.get("systemInstruction")
    if system is not None:
        turns += _parse_system(system)
    contents = fields.get("contents")
    if contents is None:
        raise invalid("This field is required and must be an array.", "contents")
    index = 0
    try:
        for content in contents if type(contents) is list else [contents]:
            turn = _parse_bare(content)
            if turn is None:
                _add_content(content, turns)
            else:
                turns.append(turn)
            index += 1
    except DragomanError as error:
        raise error.under(f"contents[{index}]") from None
    pair_calls(turns)
    return turns


def _parse_system(system: Any) -> list[Turn]:
    if type(system) is str:
        return [_build_turn("system", [Text(system)], {})]
    if type(system) is not dict:
        raise invalid("This field must be a content object.", "systemInstruction")
    try:
        notes = {"_role": system["role"]} if type(system.get("role")) is str else {}
        return [_build_turn("system", parse_parts(system), notes | (rest_of(system, wire.CONTENT_FIELDS) or {}))]
    except DragomanError as error:
        raise error.under("systemInstruction") from None


def _parse_bare(content: Any) -> Turn | None:
    """A content that is nothing but one text, as most are; None for any other."""
    if type(content) is not dict or len(content) != 2:
        return None
    word, parts = content.get("role"), content.get("parts")
    if word not in ("user", "model") or type(parts) is not list or len(parts) != 1:
        return None
    text = parts[0].get("text") if type(parts[0]) is dict and len(parts[0]) == 1 else None
    return Turn(_ROLES[word], [Text(text)], shorthand=True) if type(text) is str and text else None


def _add_content(content: Any, turns: list[Turn]) -> None:
    if type(content) is str:
        turns.append(_build_turn("user", [Text(content)], {}))
        return
    if type(content) is not dict:
        raise invalid("A content object is expected here.")
    word = read_optional(content, "role", str) or ""
    require_one_of(word, _ROLES, "role")
    role = _ROLES[word]
    notes = rest_of(content, wire.CONTENT_FIELDS) or {}
    if word not in _USUAL_WORDS:
        notes["_role"] = word
    parts = parse_parts(content)
    if role == "user" and ToolResult in map(type, parts):
        _split(parts, turns, notes)
    else:
        turns.append(_build_turn(role, parts, notes))


def _build_turn(role: Role, parts: list[Part], notes: Fields) -> Turn:
    """One turn. A text alone is said in the short form where there is one; here there is none that would differ."""
    only = parts[0] if len(parts) == 1 else None
    is_bare = type(only) is Text and only.text != "" and only.signature is None and only.extras is None
    return Turn(role, parts, shorthand=is_bare, extras=own_extras(notes))


def _split(parts: list[Part], turns: list[Turn], notes: Fields) -> None:
    """Runs of results and runs of other parts, each a turn."""
    run: list[Part] = []
    is_first = True
    for index, part in enumerate(parts):
        run.append(part)
        is_result = type(part) is ToolResult
        if index + 1 == len(parts) or (type(parts[index + 1]) is ToolResult) != is_result:
            role: Role = "tool" if is_result else "user"
            turns.append(Turn(role, run, joined=not is_first, extras=own_extras(notes) if is_first else None))
            run = []
            is_first = False

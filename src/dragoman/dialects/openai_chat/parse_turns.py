"""`messages` of a request into turns.

Every message is one turn; each result of a tool, that is each message of role `tool`, is a turn of its own. The legacy
`function_call` and its `function` message carry no ids, so they are given some here, for the dialects that need them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dragoman.dialects.openai_chat.marks import FORM, form_of, keep, own_fields, parse_cache, rest_of
from dragoman.dialects.openai_chat.parse_content import parse_content, read_marks
from dragoman.dialects.openai_chat.parse_message import is_legacy, parse_assistant
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import Audio, Extras, File, Image, Part, Text, ToolCall, ToolResult, Video
from dragoman.model.request import Role, Turn
from dragoman.wire.json_read import Fields, read_optional, read_required

_SPEAKERS: dict[str, Role] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
}
_TURN_FIELDS = frozenset({"role", "content", "name"})
_RESULT_FIELDS = frozenset({"role", "content", "name", "tool_call_id"})

_Cacheable = Text | Image | Audio | Video | File | ToolCall


def parse_turns(body: Fields) -> list[Turn]:
    """All messages of a request."""
    messages = read_required(body, "messages", list)
    if not messages:
        raise invalid("This field must hold at least one message.", "messages")
    turns: list[Turn] = []
    odd: list[Turn] = []
    try:
        for message in messages:
            try:
                role, content = _SPEAKERS.get(message["role"]), message.get("content")
            except (KeyError, TypeError):
                role = content = None
            if role and content and type(content) is str and len(message) == 2:  # one string, as most are
                turns.append(Turn(role, [Text(content)], None, False, True))
            else:
                turn = _parse_turn(message)
                odd.append(turn)
                turns.append(turn)
    except DragomanError as error:
        raise error.under(f"messages[{len(turns)}]") from None
    if odd and any(turn.role == "assistant" and any(map(_is_legacy_part, turn.parts)) for turn in odd):
        return _pair_legacy_calls(turns)
    return turns


def _parse_turn(message: Any) -> Turn:
    if type(message) is not dict:
        raise invalid("An object is expected here.")
    role = read_required(message, "role", str)
    parse = _ROLES.get(role)
    if parse is None:
        raise invalid(f"{role[:64]!r} is no role; use one of {', '.join(sorted(_ROLES))}.", "role")
    return parse(message, role)


def _parse_plain(message: Fields, role: Any) -> Turn:
    """Messages that are all content: system, developer, user."""
    content = message.get("content")
    if content is None:
        raise invalid("This field is required and must be a string or an array of parts.", "content")
    parts = parse_content(content)
    shorthand = type(content) is str
    rest = rest_of(message, _TURN_FIELDS)
    _lower_cache(rest, parts)
    extras = keep(rest, {} if shorthand else {"content": "list"})
    return Turn(role, parts, read_optional(message, "name", str), shorthand=shorthand, extras=extras)


def _parse_assistant_turn(message: Fields, role: Any) -> Turn:
    spoken = parse_assistant(message)
    rest = spoken.rest
    name = read_optional(rest, "name", str)
    rest.pop("name", None)
    annotations = rest.get("annotations")
    if annotations == []:
        spoken.remember_empty("annotations", rest.pop("annotations"))
    _lower_cache(rest, spoken.parts)
    return Turn(role, spoken.parts, name, shorthand=spoken.shorthand, extras=spoken.extras)


def _parse_result(message: Fields, _role: str) -> Turn:
    content = message.get("content")
    form: Fields = {"content": "list"} if type(content) is list else {}
    name = read_optional(message, "name", str)
    if name is not None:
        form["named"] = True
    cache, extras = read_marks(message, _RESULT_FIELDS, form)
    result = ToolResult(
        call_id=read_required(message, "tool_call_id", str),
        parts=parse_content(content),
        name=name,
        cache=cache,
        extras=extras,
    )
    return Turn("tool", [result], shorthand=type(content) is str)


def _parse_legacy_result(message: Fields, _role: str) -> Turn:
    content = message.get("content")
    form: Fields = {"legacy": True}
    if type(content) is list:
        form["content"] = "list"
    cache, extras = read_marks(message, _TURN_FIELDS, form)
    name = read_required(message, "name", str)
    result = ToolResult("", parse_content(content), name, cache=cache, extras=extras)
    return Turn("tool", [result], shorthand=type(content) is str)


_ROLES: dict[str, Callable[[Fields, Any], Turn]] = {
    "system": _parse_plain,
    "developer": _parse_plain,
    "user": _parse_plain,
    "assistant": _parse_assistant_turn,
    "tool": _parse_result,
    "function": _parse_legacy_result,
}


def _lower_cache(rest: Fields, parts: list[Part]) -> None:
    """A breakpoint on a whole message is one on its last part; its own place is remembered."""
    raw = rest.get("cache_control")
    cache = parse_cache(raw)
    last = parts[-1] if parts else None
    if cache is None or not isinstance(last, _Cacheable) or last.cache is not None:
        return
    del rest["cache_control"]
    form = {**form_of(last.extras), "cache_control": raw, "level": "message"}
    parts[-1] = msgspec.structs.replace(last, cache=cache, extras=_with_form(last.extras, form))


def _with_form(extras: Extras | None, form: Fields) -> Extras:
    return {**(extras or {}), NAME: {**own_fields(extras), FORM: form}}


# -- legacy function calls -------------------------------------------------------------------------------------------


def _is_legacy_part(part: Part) -> bool:
    return isinstance(part, ToolCall) and is_legacy(part)


def _pair_legacy_calls(turns: list[Turn]) -> list[Turn]:
    """Number the calls; each result answers the call before it."""
    paired: list[Turn] = []
    count = 0
    for turn in turns:
        parts: list[Part] = []
        for part in turn.parts:
            if isinstance(part, ToolCall) and is_legacy(part):
                count += 1
                parts.append(msgspec.structs.replace(part, id=f"function_call_{count}"))
            elif isinstance(part, ToolResult) and not part.call_id and "legacy" in form_of(part.extras):
                parts.append(msgspec.structs.replace(part, call_id=f"function_call_{count}"))
            else:
                parts.append(part)
        paired.append(msgspec.structs.replace(turn, parts=parts))
    return paired

"""The `prompt`: messages to turns. Options of a message that say where to cache hold for its last part."""

from __future__ import annotations

from functools import partial

import msgspec

from dragoman.dialects.ai_sdk_gateway.options import Options
from dragoman.dialects.ai_sdk_gateway.parse_parts import MODEL_PARTS, USER_PARTS, Parse, join_sections, parse_call
from dragoman.dialects.ai_sdk_gateway.parse_results import parse_result
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint, Opaque, Part, Refusal, Text
from dragoman.model.request import Role, Turn
from dragoman.wire.json_read import Fields, read_each, read_required, require_one_of

_ROLES: dict[str, Role] = {"system": "system", "user": "user", "assistant": "assistant", "tool": "tool"}


def parse_prompt(body: Fields, custom_tools: frozenset[str]) -> list[Turn]:
    """All turns; `custom_tools` are the names of those that take free text."""
    reader = _Reader(custom_tools) if custom_tools else _USUAL
    return read_each(read_required(body, "prompt", list), "prompt", reader.parse_message)


class _Reader:
    """Knows for each role which parts its messages may have; those of the system hold a text and nothing else."""

    def __init__(self, custom_tools: frozenset[str]) -> None:
        parse_tool_call: Parse = partial(parse_call, custom_tools=custom_tools)
        parse_tool_result: Parse = partial(parse_result, custom_tools=custom_tools)
        self._tables: dict[Role, dict[str, Parse]] = {
            "user": USER_PARTS,
            "assistant": {**MODEL_PARTS, "tool-call": parse_tool_call},
            "tool": {"tool-result": parse_tool_result, "tool-approval-response": _refuse_approval},
        }

    def parse_message(self, message: Fields) -> Turn:
        word = read_required(message, "role", str)
        require_one_of(word, _ROLES, "role")
        role = _ROLES[word]
        if role == "system":
            return _build_turn(role, message, [Text(read_required(message, "content", str))], is_shorthand=True)
        return _build_turn(role, message, join_sections(_read_parts(message, self._tables[role])))


def _refuse_approval(part: Fields) -> Part:
    raise DragomanError(
        Kind.UNSUPPORTED,
        f"A {part['type']} answers a tool that a provider runs itself; such tools cannot be asked for here.",
    )


def _read_parts(message: Fields, table: dict[str, Parse]) -> list[Part]:
    def parse(part: Fields) -> Part:
        kind = read_required(part, "type", str)
        require_one_of(kind, table, "type")
        return table[kind](part)

    return read_each(read_required(message, "content", list), "content", parse)


def _build_turn(role: Role, message: Fields, parts: list[Part], *, is_shorthand: bool = False) -> Turn:
    if "providerOptions" not in message:
        return Turn(role, parts, shorthand=is_shorthand)
    options = Options(message)
    cache = options.take_cache()
    if cache is not None:
        parts = _mark_last(parts, cache)
    return Turn(role, parts, shorthand=is_shorthand, extras=options.extras())


def _mark_last(parts: list[Part], cache: CacheBreakpoint) -> list[Part]:
    last = parts[-1] if parts else None
    if last is None or isinstance(last, Opaque | Refusal):
        return parts
    return [*parts[:-1], msgspec.structs.replace(last, cache=last.cache or cache)]


_USUAL = _Reader(frozenset())
"""Without tools that take free text."""

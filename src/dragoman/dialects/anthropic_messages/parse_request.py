"""A client's request to the model.

Invariant: a `user` message that holds tool results becomes several turns, `tool` for the results and `user` for what
stands between them; the later ones are `joined`, so that they come out as one message again.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any, Literal, cast

import msgspec

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.parse_blocks import parse_block, parse_cache, parse_extras
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import Extras, Part, Text, ToolResult
from dragoman.model.request import (
    Effort,
    FunctionTool,
    JsonSchemaOutput,
    ProviderTool,
    ReasoningRequest,
    Request,
    Sampling,
    Tool,
    ToolChoice,
    Turn,
)
from dragoman.wire.json_read import (
    Fields,
    read_each,
    read_number,
    read_optional,
    read_required,
    read_whole,
    require_one_of,
    rest_of,
)

_NO_SAMPLING = Sampling()
_SAMPLING_FIELDS = frozenset({"temperature", "top_p", "top_k"})
_PLAIN_FIELDS = frozenset(
    {"model", "messages", "system", "max_tokens", "temperature", "top_p", "top_k", "stop_sequences", "stream"}
)


def parse_request(fields: Fields, model: str, stream: bool) -> Request:
    """A decoded body; model and stream flag are known from its envelope."""
    turns = _parse_turns(fields)
    sampling = _NO_SAMPLING if _SAMPLING_FIELDS.isdisjoint(fields) else _parse_sampling(fields)
    limit = fields.get("max_tokens")
    if type(limit) is not int:
        limit = read_whole(fields, "max_tokens")
    stop = _parse_stop(fields) if "stop_sequences" in fields else None
    request = Request(model, turns, sampling=sampling, max_output_tokens=limit, stop=stop, stream=stream)
    return request if fields.keys() <= _PLAIN_FIELDS else msgspec.structs.replace(request, **_parse_rest(fields))


def _parse_rest(fields: Fields) -> dict[str, Any]:
    """What only some requests say: tools, thinking, the form of the answer, whatever is new."""
    extras = rest_of(fields, wire.REQUEST_FIELDS) or {}
    tools = read_optional(fields, "tools", list)
    choice, parallel = _parse_tool_choice(fields)
    user, metadata_rest = _parse_metadata(fields)
    if metadata_rest:
        extras["metadata"] = metadata_rest
    config = _parse_output(fields, extras)
    said = {
        "tools": None if tools is None else read_each(tools, "tools", _parse_tool),
        "tool_choice": choice,
        "parallel_tool_calls": parallel,
        "output": _parse_format(fields, config, extras),
        "reasoning": _parse_reasoning(fields, config, extras),
        "user": user,
        "service_tier": _parse_tier(fields, extras),
        "cache": _parse_request_cache(fields, extras),
    }
    return {**said, "extras": {wire.NAME: extras} if extras else None}


# -- turns -----------------------------------------------------------------------------------------------------------


def _parse_turns(fields: Fields) -> list[Turn]:
    turns: list[Turn] = []
    system = fields.get("system")
    if system is not None:
        turns.append(_parse_system(system))
    index = 0
    try:
        for message in read_required(fields, "messages", list):
            try:
                role, content = wire.ROLES.get(message["role"]), message.get("content")
            except (KeyError, TypeError):
                role = content = None
            if role and type(content) is str and len(message) == 2:  # one string, as most are
                turns.append(Turn(role, [Text(content)], None, False, True))
            else:
                _parse_message(message, turns)
            index += 1
    except DragomanError as error:
        if error.path == "messages":
            raise
        raise error.under(f"messages[{index}]") from None
    return turns


def _parse_system(system: Any) -> Turn:
    if type(system) is str:
        return Turn("system", [Text(system)], shorthand=True)
    if type(system) is not list:
        raise invalid("This field must be a string or an array of text blocks.", "system")
    return Turn("system", read_each(system, "system", parse_block))


def _parse_message(message: Any, turns: list[Turn]) -> None:
    if type(message) is not dict:
        raise invalid("An object is expected here.")
    word = read_required(message, "role", str)
    require_one_of(word, wire.ROLES, "role")
    role = wire.ROLES[word]
    content = message.get("content")
    extras = None if len(message) == 2 else parse_extras(message, wire.MESSAGE_FIELDS)
    if type(content) is str:
        turns.append(Turn(role, [Text(content)], shorthand=True, extras=extras))
        return
    if type(content) is not list:
        raise invalid("This field is required and must be a string or an array of blocks.", "content")
    parts = read_each(content, "content", parse_block)
    if role == "user" and any(type(part) is ToolResult for part in parts):
        _split_results(parts, extras, turns)
    else:
        turns.append(Turn(role, parts, extras=extras))


def _split_results(parts: list[Part], extras: Extras | None, turns: list[Turn]) -> None:
    joined = False
    for is_result, group in groupby(parts, lambda part: type(part) is ToolResult):
        turns.append(Turn("tool" if is_result else "user", list(group), joined=joined, extras=extras))
        joined, extras = True, None


# -- tools -----------------------------------------------------------------------------------------------------------


def _parse_tool(tool: Fields) -> Tool:
    kind = read_optional(tool, "type", str)
    if kind is not None and kind != "custom":
        name = read_optional(tool, "name", str) or read_optional(tool, "mcp_server_name", str)
        return ProviderTool(wire.NAME, kind, name or kind, tool, parse_cache(tool))
    return FunctionTool(
        read_required(tool, "name", str),
        read_optional(tool, "description", str),
        read_optional(tool, "input_schema", dict),
        read_optional(tool, "strict", bool),
        parse_cache(tool),
        parse_extras(tool, wire.TOOL_FIELDS),
    )


def _parse_tool_choice(fields: Fields) -> tuple[ToolChoice | None, bool | None]:
    choice = read_optional(fields, "tool_choice", dict)
    if choice is None:
        return None, None
    try:
        kind = read_required(choice, "type", str)
        require_one_of(kind, wire.CHOICE_BY_WIRE, "type")
        names = [read_required(choice, "name", str)] if kind == "tool" else None
        serial = read_optional(choice, "disable_parallel_tool_use", bool)
    except DragomanError as error:
        raise error.under("tool_choice") from None
    extras = parse_extras(choice, frozenset({"type", "name", "disable_parallel_tool_use"}))
    mode = cast("Literal['auto', 'none', 'required']", wire.CHOICE_BY_WIRE[kind])
    return ToolChoice(mode, names, extras), None if serial is None else not serial


# -- output and thinking ---------------------------------------------------------------------------------------------


def _parse_output(fields: Fields, extras: dict[str, Any]) -> Fields:
    """`output_config`, whose unknown fields go to the extras."""
    config = read_optional(fields, "output_config", dict)
    if config is None:
        return {}
    rest = rest_of(config, frozenset({"effort", "format"}))
    if rest:
        extras["output_config"] = rest
    return config


def _parse_format(fields: Fields, config: Fields, extras: dict[str, Any]) -> JsonSchemaOutput | None:
    """`output_format` is the older place of `output_config.format`."""
    try:
        wanted = read_optional(config, "format", dict)
    except DragomanError as error:
        raise error.under("output_config") from None
    if wanted is None:
        wanted = read_optional(fields, "output_format", dict)
    if wanted is None:
        return None
    if wanted.get("type") == "json_schema" and wanted.keys() == {"type", "schema"} and type(wanted["schema"]) is dict:
        return JsonSchemaOutput(wanted["schema"])
    extras["output_config"] = {**extras.get("output_config", {}), "format": wanted}
    return None


def _parse_reasoning(fields: Fields, config: Fields, extras: dict[str, Any]) -> ReasoningRequest | None:
    thinking = read_optional(fields, "thinking", dict)
    effort = _parse_effort(config, extras) if config else None
    if thinking is not None:
        try:
            wish = _parse_thinking(thinking, effort, extras)
        except DragomanError as error:
            raise error.under("thinking") from None
        if wish is not None:
            return wish
        extras["thinking"] = thinking
    return None if effort is None else ReasoningRequest(effort=effort, effort_only=True)


def _parse_thinking(thinking: Fields, effort: Effort | None, extras: dict[str, Any]) -> ReasoningRequest | None:
    row = wire.THINKING.get(read_required(thinking, "type", str))
    if row is None:
        return None
    mode, known = row
    display = wire.DISPLAY_BY_WIRE.get(read_optional(thinking, "display", str) or "")
    rest = rest_of(thinking, known) or {}
    if display is None and thinking.get("display") is not None:
        rest["display"] = thinking["display"]
    if rest:
        extras["thinking"] = rest
    return ReasoningRequest(mode, effort, read_whole(thinking, "budget_tokens") if mode == "on" else None, display)


def _parse_effort(config: Fields, extras: dict[str, Any]) -> Effort | None:
    """How much to spend; a word that we do not know yet goes as it came."""
    try:
        word = read_optional(config, "effort", str)
    except DragomanError as error:
        raise error.under("output_config") from None
    effort = wire.EFFORTS.get(word or "")
    if word is not None and effort is None:
        extras["output_config"] = {**extras.get("output_config", {}), "effort": word}
    return effort


# -- the rest --------------------------------------------------------------------------------------------------------


def _parse_sampling(fields: Fields) -> Sampling:
    return Sampling(read_number(fields, "temperature"), read_number(fields, "top_p"), read_whole(fields, "top_k"))


def _parse_stop(fields: Fields) -> list[str] | None:
    stop = read_optional(fields, "stop_sequences", list)
    if stop is None:
        return None
    for index, sequence in enumerate(stop):
        if type(sequence) is not str:
            raise invalid("This must be a string.", f"stop_sequences[{index}]")
    return stop


def _parse_metadata(fields: Fields) -> tuple[str | None, Fields | None]:
    metadata = read_optional(fields, "metadata", dict)
    if metadata is None:
        return None, None
    try:
        return read_optional(metadata, "user_id", str), rest_of(metadata, frozenset({"user_id"}))
    except DragomanError as error:
        raise error.under("metadata") from None


def _parse_tier(fields: Fields, extras: dict[str, Any]) -> str | None:
    """A tier that we have no word for yet goes as it came."""
    tier = read_optional(fields, "service_tier", str)
    if tier is not None and tier not in wire.REQUEST_TIERS:
        extras["service_tier"] = tier
        return None
    return tier


def _parse_request_cache(fields: Fields, extras: dict[str, Any]) -> Any:
    if fields.get("cache_control") is None:
        return None
    cache = parse_cache(fields)
    own = parse_extras({"cache_control": fields["cache_control"]}, frozenset({"cache_control"}))
    if own:
        extras.update(own[wire.NAME])
    return cache

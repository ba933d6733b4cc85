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
from dragoman.dialects.gemini_generate.parse_config import parse_config
from dragoman.dialects.gemini_generate.parse_parts import parse_parts
from dragoman.dialects.gemini_generate.parse_tools import parse_tool_config, parse_tools
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import Part, Text, ToolResult
from dragoman.model.request import Request, Role, Turn
from dragoman.wire.json_document import JsonDocument
from dragoman.wire.json_read import Fields, read_optional, require_one_of, rest_of

_ROLES: dict[str, Role] = {"user": "user", "model": "assistant", "function": "user", "tool": "user", "": "user"}


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
    """The whole request; a `countTokens` body may hold it under `generateContentRequest`."""
    body = envelope.document.decode()
    if has_snake_keys(envelope.document.body):
        rename_keys(body, REQUEST)
    inner = read_optional(body, "generateContentRequest", dict)
    fields = body if inner is None else inner
    config = parse_config(fields)
    choice, tool_config = parse_tool_config(fields)
    rest = rest_of(fields, wire.REQUEST_FIELDS) or {}
    if config.rest:
        rest["generationConfig"] = config.rest
    if tool_config is not None:
        rest["toolConfig"] = tool_config
    rest.update(config.notes)
    return Request(
        model=envelope.model,
        turns=_parse_turns(fields),
        tools=parse_tools(fields),
        tool_choice=choice,
        output=config.output,
        sampling=config.sampling,
        max_output_tokens=config.max_output_tokens,
        stop=config.stop,
        reasoning=config.reasoning,
        candidates=config.candidates,
        logprobs=config.logprobs,
        top_logprobs=config.top_logprobs,
        modalities=config.modalities,
        stream=envelope.stream,
        service_tier=read_optional(fields, "serviceTier", str),
        store=read_optional(fields, "store", bool),
        extras=own_extras(rest),
    )


def _parse_turns(fields: Fields) -> list[Turn]:
    turns: list[Turn] = []
    system = fields.get("systemInstruction")
    if system is not None:
        turns += _parse_system(system)
    contents = fields.get("contents")
    if contents is None:
        raise invalid("This field is required and must be an array.", "contents")
    for index, content in enumerate(contents if type(contents) is list else [contents]):
        try:
            _add_content(content, turns)
        except DragomanError as error:
            raise error.under(f"contents[{index}]") from None
    pair_calls(turns)
    return turns


def _parse_system(system: Any) -> list[Turn]:
    if type(system) is str:
        return [Turn("system", [Text(system)])]
    if type(system) is not dict:
        raise invalid("This field must be a content object.", "systemInstruction")
    try:
        notes = {"_role": system["role"]} if type(system.get("role")) is str else {}
        return [Turn("system", parse_parts(system), extras=own_extras(notes | _rest(system)))]
    except DragomanError as error:
        raise error.under("systemInstruction") from None


def _add_content(content: Any, turns: list[Turn]) -> None:
    if type(content) is str:
        turns.append(Turn("user", [Text(content)]))
        return
    if type(content) is not dict:
        raise invalid("A content object is expected here.")
    word = read_optional(content, "role", str) or ""
    require_one_of(word, _ROLES, "role")
    role = _ROLES[word]
    notes = _rest(content)
    if word not in {"user", "model"}:
        notes["_role"] = word
    extras = own_extras(notes)
    parts = parse_parts(content)
    if role == "assistant" or not any(type(part) is ToolResult for part in parts):
        turns.append(Turn(role, parts, extras=extras))
    else:
        _split(parts, turns, notes)


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


def _rest(content: Fields) -> Fields:
    return rest_of(content, wire.CONTENT_FIELDS) or {}

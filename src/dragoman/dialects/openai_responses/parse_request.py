"""A request's body → the model.

Spec: https://platform.openai.com/docs/api-reference/responses/create
`extras` under our name are always there, if only empty: that is how our emitter knows that a request was ours, and that
what it does not say was not said, where it must spell out another dialect's defaults.
"""

from __future__ import annotations

from typing import Any, cast, get_args

from dragoman.dialects.openai_responses.marks import Fields, read_conversation_id
from dragoman.dialects.openai_responses.parse_items import parse_input
from dragoman.dialects.openai_responses.parse_tools import parse_tool_choice, parse_tools
from dragoman.dialects.openai_responses.wire import ENCRYPTED_REASONING, NAME, REQUEST_FIELDS, TEXT_LOGPROBS
from dragoman.errors import invalid
from dragoman.model.content import Text
from dragoman.model.request import (
    Effort,
    JsonOutput,
    JsonSchemaOutput,
    OutputFormat,
    ReasoningRequest,
    Request,
    Sampling,
    Tool,
    Turn,
)
from dragoman.wire.json_read import read_number, read_optional, read_required, read_under, read_whole

_EFFORTS = frozenset(get_args(Effort))
_SCHEMA_FIELDS = frozenset({"type", "name", "description", "schema", "strict"})


def parse_request_fields(fields: Fields, model: str, *, stream: bool) -> Request:
    """The whole request."""
    extras = {name: value for name, value in fields.items() if name not in REQUEST_FIELDS and value is not None}
    turns = _parse_turns(fields, extras)
    tools = _gather_tools(fields, extras)
    includes = _parse_include(fields, extras)
    output, verbosity = read_under(fields, "text", lambda text: _parse_text(text, extras)) or (None, None)
    return Request(
        model=model,
        turns=turns,
        tools=tools,
        tool_choice=parse_tool_choice(fields.get("tool_choice")),
        parallel_tool_calls=read_optional(fields, "parallel_tool_calls", bool),
        output=output,
        sampling=Sampling(temperature=read_number(fields, "temperature"), top_p=read_number(fields, "top_p")),
        max_output_tokens=read_whole(fields, "max_output_tokens"),
        reasoning=_parse_reasoning(fields, extras, is_encrypted=ENCRYPTED_REASONING in includes),
        verbosity=verbosity,
        logprobs=TEXT_LOGPROBS in includes or None,
        top_logprobs=read_whole(fields, "top_logprobs"),
        stream=stream,
        user=_parse_user(fields, extras),
        metadata=read_optional(fields, "metadata", dict),
        service_tier=read_optional(fields, "service_tier", str),
        prompt_cache_key=read_optional(fields, "prompt_cache_key", str),
        store=read_optional(fields, "store", bool),
        previous_response_id=_parse_earlier(fields),
        extras={NAME: extras},
    )


def _parse_earlier(fields: Fields) -> str | None:
    """By which name somebody keeps what was said before: a response's or a conversation's, which stays among the extras.
    Who keeps nothing must answer neither."""
    previous = read_optional(fields, "previous_response_id", str)
    return read_conversation_id(fields.get("conversation")) if previous is None else previous


def _parse_turns(fields: Fields, extras: Fields) -> list[Turn]:
    turns: list[Turn] = []
    instructions = fields.get("instructions")
    if type(instructions) is str and instructions:
        turns.append(
            Turn("system", [Text(instructions)], shorthand=True, extras={NAME: {"_instructions": True, "_item": {}}})
        )
    elif instructions is not None:
        extras["instructions"] = instructions
    given = fields.get("input")
    if type(given) is str:
        turns.append(Turn("user", [Text(given)], shorthand=True, extras={NAME: {"_input": True}}))
    elif type(given) is list:
        turns += parse_input(_take_tool_items(given, extras))
    elif given is not None:
        raise invalid("This field must be a string or an array of items.", "input")
    return turns


def _take_tool_items(items: list[Any], extras: Fields) -> list[Any]:
    """Leave out the items that only add tools; they are remembered with their places, their tools join the others."""
    places: list[Fields] = []
    kept: list[Any] = []
    for index, item in enumerate(items):
        if type(item) is dict and item.get("type") == "additional_tools" and type(item.get("tools")) is list:
            places.append({"index": index, "item": item})
        else:
            kept.append(item)
    if places:
        extras["_tool_items"] = places
        return kept
    return items


def _gather_tools(fields: Fields, extras: Fields) -> list[Tool] | None:
    """The request's own tools first; `_tools` remembers how many there were."""
    given = read_optional(fields, "tools", list)
    tools = None if given is None else parse_tools(given, "tools")
    for place in extras.get("_tool_items", ()):
        extras.setdefault("_tools", None if tools is None else len(tools))
        tools = (tools or []) + parse_tools(place["item"]["tools"], f"input[{place['index']}].tools")
    return tools


def _parse_include(fields: Fields, extras: Fields) -> list[Any]:
    includes = read_optional(fields, "include", list)
    if includes is None:
        return []
    if includes != [ENCRYPTED_REASONING]:
        extras["_include"] = includes
    return includes


def _parse_reasoning(fields: Fields, extras: Fields, *, is_encrypted: bool) -> ReasoningRequest | None:
    """Effort and summary have a word in the model; an effort that we do not know yet rides on beside them."""
    given = read_optional(fields, "reasoning", dict)
    if given is None:
        return ReasoningRequest(encrypted=True) if is_encrypted else None
    effort = given.get("effort")
    rest = {name: value for name, value in given.items() if name not in {"effort", "summary"} and value is not None}
    known = type(effort) is str and effort in _EFFORTS
    if effort is not None and not known:
        rest["effort"] = effort
    if rest:
        extras["reasoning"] = rest
    summary = read_under(fields, "reasoning", lambda inner: read_optional(inner, "summary", str))
    return ReasoningRequest(
        mode="off" if effort == "none" else None,
        effort=cast("Effort", effort) if known else None,
        display=None if summary is None else "summary",
        summary=summary,
        encrypted=is_encrypted,
    )


def _parse_text(text: Fields, extras: Fields) -> tuple[OutputFormat | None, str | None]:
    """`text` holds the format of the output and how wordy it shall be."""
    rest = {name: value for name, value in text.items() if name not in {"format", "verbosity"} and value is not None}
    if rest:
        extras["text"] = rest
    return _parse_format(text, extras), read_optional(text, "verbosity", str)


def _parse_format(text: Fields, extras: Fields) -> OutputFormat | None:
    format_ = read_optional(text, "format", dict)
    if format_ is None:
        return None
    kind = format_.get("type")
    if kind == "json_schema":
        rest = {name: format_[name] for name in format_.keys() - _SCHEMA_FIELDS}
        if rest:
            extras["text_format"] = rest
        return read_under(text, "format", _parse_schema)
    if kind == "json_object" and len(format_) == 1:
        return JsonOutput()
    extras["_text_format" if format_ == {"type": "text"} else "text_format"] = format_
    return None


def _parse_schema(format_: Fields) -> JsonSchemaOutput:
    return JsonSchemaOutput(
        schema=read_required(format_, "schema", dict),
        name=read_optional(format_, "name", str),
        description=read_optional(format_, "description", str),
        strict=read_optional(format_, "strict", bool),
    )


def _parse_user(fields: Fields, extras: Fields) -> str | None:
    """`safety_identifier` has taken the place of `user`; a request may hold both."""
    user = read_optional(fields, "user", str)
    identifier = read_optional(fields, "safety_identifier", str)
    if user is not None and identifier is not None:
        extras["_user"] = user
    elif user is not None:
        extras["_user_field"] = "user"
        return user
    return identifier

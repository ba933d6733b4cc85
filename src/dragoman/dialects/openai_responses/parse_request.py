"""A request's body → the model.

Spec: https://platform.openai.com/docs/api-reference/responses/create
`extras` under our name are always there, if only empty: that is how our emitter knows that a request was ours, and that
what it does not say was not said, where it must spell out another dialect's defaults.
Each field that is there is read by the method that `READERS` has for it; what several fields say together is read
whole at each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast, get_args

from dragoman.dialects.openai_responses.marks import Fields, is_wire_field, read_conversation_id
from dragoman.dialects.openai_responses.parse_input import InputReader
from dragoman.dialects.openai_responses.parse_tools import parse_tool_choice, parse_tools
from dragoman.dialects.openai_responses.wire import ENCRYPTED_REASONING, NAME, TEXT_LOGPROBS
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
from dragoman.wire.json_read import read_number, read_optional, read_required, read_under, read_whole, wrong_type

_EFFORTS = frozenset(get_args(Effort))
_SCHEMA_FIELDS = frozenset({"type", "name", "description", "schema", "strict"})


def parse_request_fields(fields: Fields, model: str, *, stream: bool) -> Request:
    """The whole request."""
    return RequestReader(fields).read(model, stream=stream)


class RequestReader:
    """Reads one request. What the model has words for is `said`, by the names of those words."""

    __slots__ = ("extras", "fields", "said", "turns")

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.turns: list[Turn] = []
        self.extras: Fields = {}
        self.said: Fields = {}

    def read(self, model: str, *, stream: bool) -> Request:
        readers = self.READERS
        for name, value in self.fields.items():
            if value is None:
                continue
            read = readers.get(name)
            if read is not None:
                read(self, name, value)
            elif is_wire_field(name):
                self.extras[name] = value
        if "_tool_items" in self.extras:
            self._read_added_tools()
        return Request(model=model, stream=stream, turns=self.turns, extras={NAME: self.extras}, **self.said)

    # -- what is said ------------------------------------------------------------------------------------------------

    def _read_instructions(self, name: str, value: Any) -> None:
        """They are the first turn. What is no text, or none to speak of, only this dialect understands."""
        if type(value) is str and value:
            self.turns.insert(0, Turn("system", [Text(value)], shorthand=True))
            self.extras["_instructions"] = True
        else:
            self.extras[name] = value

    def _read_input(self, name: str, value: Any) -> None:
        if type(value) is str:
            self.turns.append(Turn("user", [Text(value)], shorthand=True))
            self.extras["_input"] = True
        elif type(value) is list:
            reader = InputReader()
            self.turns += reader.read_all(value)
            self.extras.update(reader.notes)
        else:
            raise invalid("This field must be a string or an array of items.", name)

    def _read_tools(self, name: str, value: Any) -> None:
        if type(value) is not list:
            raise wrong_type(name, list)
        self.said[name] = parse_tools(value, name)

    def _read_added_tools(self) -> None:
        """Tools of items join the request's own, which come first; `_tools` remembers how many those were."""
        tools: list[Tool] | None = self.said.get("tools")
        self.extras["_tools"] = None if tools is None else len(tools)
        for place in self.extras["_tool_items"]:
            tools = (tools or []) + parse_tools(place["item"]["tools"], f"input[{place['index']}].tools")
        self.said["tools"] = tools

    def _read_tool_choice(self, name: str, value: Any) -> None:
        self.said[name] = parse_tool_choice(value)

    # -- how to answer -----------------------------------------------------------------------------------------------

    def _read_sampling(self, *_: Any) -> None:
        fields = self.fields
        self.said["sampling"] = Sampling(
            temperature=read_number(fields, "temperature"), top_p=read_number(fields, "top_p")
        )

    def _read_thinking(self, *_: Any) -> None:
        """What to think and, of all that may be included, the thoughts."""
        includes = read_optional(self.fields, "include", list)
        if includes is None:
            includes = []
        elif includes != [ENCRYPTED_REASONING]:
            self.extras["_include"] = includes
        if TEXT_LOGPROBS in includes:
            self.said["logprobs"] = True
        is_encrypted = ENCRYPTED_REASONING in includes
        self.said["reasoning"] = _parse_reasoning(self.fields, self.extras, is_encrypted=is_encrypted)

    def _read_text(self, *_: Any) -> None:
        told = read_under(self.fields, "text", lambda text: _parse_text(text, self.extras))
        self.said["output"], self.said["verbosity"] = told or (None, None)

    # -- whose it is -------------------------------------------------------------------------------------------------

    def _read_user(self, *_: Any) -> None:
        """`safety_identifier` has taken the place of `user`; a request may hold both."""
        user = read_optional(self.fields, "user", str)
        identifier = read_optional(self.fields, "safety_identifier", str)
        if user is not None and identifier is not None:
            self.extras["_user"] = user
        elif user is not None:
            self.extras["_user_field"] = "user"
        self.said["user"] = user if identifier is None else identifier

    def _read_earlier(self, *_: Any) -> None:
        """By which name somebody keeps what was said before: a response's or a conversation's, which stays among the
        extras. Who keeps nothing must answer neither."""
        previous = read_optional(self.fields, "previous_response_id", str)
        conversation = self.fields.get("conversation")
        if conversation is not None:
            self.extras["conversation"] = conversation
        self.said["previous_response_id"] = read_conversation_id(conversation) if previous is None else previous

    def _read_whole(self, name: str, _: Any) -> None:
        self.said[name] = read_whole(self.fields, name)

    def _read_flag(self, name: str, value: Any) -> None:
        if type(value) is not bool:
            raise wrong_type(name, bool)
        self.said[name] = value

    def _read_word(self, name: str, value: Any) -> None:
        if type(value) is not str:
            raise wrong_type(name, str)
        self.said[name] = value

    def _read_object(self, name: str, value: Any) -> None:
        if type(value) is not dict:
            raise wrong_type(name, dict)
        self.said[name] = value

    def _skip(self, *_: Any) -> None:
        """The envelope has told it."""

    READERS: ClassVar[dict[str, Callable[[RequestReader, str, Any], None]]] = {
        "model": _skip,
        "stream": _skip,
        "instructions": _read_instructions,
        "input": _read_input,
        "tools": _read_tools,
        "tool_choice": _read_tool_choice,
        "parallel_tool_calls": _read_flag,
        "temperature": _read_sampling,
        "top_p": _read_sampling,
        "max_output_tokens": _read_whole,
        "top_logprobs": _read_whole,
        "include": _read_thinking,
        "reasoning": _read_thinking,
        "text": _read_text,
        "user": _read_user,
        "safety_identifier": _read_user,
        "metadata": _read_object,
        "service_tier": _read_word,
        "prompt_cache_key": _read_word,
        "store": _read_flag,
        "previous_response_id": _read_earlier,
        "conversation": _read_earlier,
    }


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

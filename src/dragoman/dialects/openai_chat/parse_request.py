"""A request's body into the model.

The body's fields are walked once, each through a table: plain ones are checked and copied, those with several
spellings have a reader, what is in neither table is put by in `extras`. Null means absent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dragoman.dialects.base import Envelope
from dragoman.dialects.openai_chat.marks import PRIVATE, keep, parse_cache
from dragoman.dialects.openai_chat.parse_tools import (
    REASONING_FIELDS,
    parse_legacy_choice,
    parse_legacy_function,
    parse_output,
    parse_reasoning,
    parse_tool,
    parse_tool_choice,
)
from dragoman.dialects.openai_chat.parse_turns import parse_turns
from dragoman.dialects.openai_chat.usual_request import read_usual
from dragoman.errors import DragomanError, invalid
from dragoman.model.request import Request, Sampling
from dragoman.wire.json_document import JsonDocument
from dragoman.wire.json_read import (
    Fields,
    read_each,
    read_required,
    read_under,
    read_whole,
    wrong_type,
)

_NO_SAMPLING = Sampling()


def open_envelope(body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
    """Model and stream flag. A model in the path counts before the body's, as Azure has it."""
    document = JsonDocument(body)
    model, stream = document.read_head()
    if path_model:
        model = path_model
    if type(model) is not str or not model:
        is_missing = model is None or model == ""
        raise (
            invalid("This field is required and must be a string.", "model") if is_missing else wrong_type("model", str)
        )
    if stream is not None and type(stream) is not bool:
        raise wrong_type("stream", bool)
    return Envelope(model, stream or path_stream or False, document)


def parse_request(envelope: Envelope) -> Request:
    """The whole request."""
    return read_usual(envelope) or read_with_care(envelope)


def read_with_care(envelope: Envelope) -> Request:
    """The same, for whatever shape it has; says what is wrong."""
    body = envelope.document.decode()
    draft = _Draft(body)
    turns = parse_turns(body)
    for name, value in body.items():
        if value is None or name in _TAKEN:
            continue
        read = _READERS.get(name)
        if read is not None:
            read(draft, name)
        elif name not in PRIVATE:
            draft.rest[name] = value
    request = Request(
        envelope.model,
        turns,
        sampling=Sampling(**draft.sampling) if draft.sampling else _NO_SAMPLING,
        max_output_tokens=draft.limit,
        stream=envelope.stream,
        stream_usage=False,
        extras=keep(draft.rest, draft.form),
    )
    return msgspec.structs.replace(request, **draft.plain) if draft.plain else request


class _Draft(msgspec.Struct):
    """A request while it is read. `plain` are the fields of the model that only some requests have."""

    body: Fields
    plain: dict[str, Any] = {}
    sampling: dict[str, Any] = {}
    form: Fields = {}
    rest: Fields = {}
    limit: int | None = None


_Read = Callable[[_Draft, str], None]

# -- plain fields ----------------------------------------------------------------------------------------------------


def _plain(attribute: str, kind: type) -> _Read:
    def read(draft: _Draft, name: str) -> None:
        draft.plain[attribute] = read_required(draft.body, name, kind)

    return read


def _whole(attribute: str) -> _Read:
    def read(draft: _Draft, name: str) -> None:
        draft.plain[attribute] = read_whole(draft.body, name)

    return read


def _sampled(draft: _Draft, name: str) -> None:
    value = draft.body[name]
    if type(value) is not float and type(value) is not int:
        raise wrong_type(name, float)
    draft.sampling[name] = value


def _sampled_whole(draft: _Draft, name: str) -> None:
    draft.sampling[name] = read_whole(draft.body, name)


def _sampled_extra(draft: _Draft, name: str) -> None:
    """Sampling that OpenAI does not have but many servers do."""
    draft.form.setdefault("sampling", []).append(name)
    (_sampled_whole if name == "top_k" else _sampled)(draft, name)


# -- fields with several spellings -----------------------------------------------------------------------------------


def _read_limit(draft: _Draft, name: str) -> None:
    """`max_completion_tokens` replaces `max_tokens`; where both stand, the older one is put by."""
    if name == "max_tokens" and draft.body.get("max_completion_tokens") is not None:
        draft.rest[name] = draft.body[name]
        return
    value = draft.body[name]
    draft.limit = value if type(value) is int else read_whole(draft.body, name)
    draft.form["limit"] = name


def _read_stop(draft: _Draft, name: str) -> None:
    value = draft.body[name]
    if type(value) is str:
        draft.form["stop"] = "string"
        value = [value]
    if type(value) is not list or not all(type(word) is str for word in value):
        raise invalid("This field must be a string or an array of strings.", name)
    draft.plain["stop"] = value


def _read_random_seed(draft: _Draft, name: str) -> None:
    """Mistral's name for the seed."""
    draft.form["seed"] = name
    draft.sampling["seed"] = read_whole(draft.body, name)


def _read_logit_bias(draft: _Draft, name: str) -> None:
    bias = read_required(draft.body, name, dict)
    if not all(type(value) in (int, float) for value in bias.values()):
        raise invalid("Each token's bias must be a number.", name)
    draft.sampling[name] = bias


def _read_tools(draft: _Draft, name: str) -> None:
    tools = read_each(read_required(draft.body, name, list), name, parse_tool)
    draft.plain["tools"] = [*tools, *draft.plain.get("tools", [])]


def _read_functions(draft: _Draft, name: str) -> None:
    functions = read_each(read_required(draft.body, name, list), name, parse_legacy_function)
    draft.plain["tools"] = [*draft.plain.get("tools", []), *functions]


def _read_tool_choice(draft: _Draft, name: str) -> None:
    draft.plain["tool_choice"] = parse_tool_choice(draft.body[name])


def _read_function_call(draft: _Draft, name: str) -> None:
    try:
        draft.plain["tool_choice"] = parse_legacy_choice(draft.body[name])
    except DragomanError as error:
        raise error.under(name) from None
    draft.form["choice"] = "legacy"


def _read_output(draft: _Draft, name: str) -> None:
    draft.plain["output"] = read_under(draft.body, name, parse_output)
    draft.form["output"] = draft.body[name]


def _read_reasoning(draft: _Draft, _name: str) -> None:
    """Up to three fields say how to think; they are read as one, at the first of them."""
    if "reasoning" in draft.plain:
        return
    raw = {field: draft.body[field] for field in REASONING_FIELDS if draft.body.get(field) is not None}
    parsed = parse_reasoning(raw)
    if parsed is None:
        draft.rest.update(raw)
        return
    draft.plain["reasoning"] = parsed
    draft.form["reasoning"] = raw


def _read_stream_options(draft: _Draft, name: str) -> None:
    options = read_required(draft.body, name, dict)
    draft.plain["stream_usage"] = options.get("include_usage") is True
    draft.form["stream_options"] = options


def _read_safety_identifier(draft: _Draft, name: str) -> None:
    """The successor of `user`; where both stand, it is put by."""
    if draft.body.get("user") is not None:
        draft.rest[name] = draft.body[name]
        return
    draft.plain["user"] = read_required(draft.body, name, str)
    draft.form["user"] = name


def _read_cache(draft: _Draft, name: str) -> None:
    cache = parse_cache(draft.body[name])
    if cache is None:
        draft.rest[name] = draft.body[name]
        return
    draft.plain["cache"] = cache
    draft.form["cache_control"] = draft.body[name]


def _read_modalities(draft: _Draft, name: str) -> None:
    modalities = read_required(draft.body, name, list)
    if not all(type(word) is str for word in modalities):
        raise invalid("This field must be an array of strings.", name)
    draft.plain[name] = modalities


_TAKEN = frozenset({"model", "messages", "stream"})

_READERS: dict[str, _Read] = {
    "tools": _read_tools,
    "tool_choice": _read_tool_choice,
    "functions": _read_functions,
    "function_call": _read_function_call,
    "parallel_tool_calls": _plain("parallel_tool_calls", bool),
    "response_format": _read_output,
    "temperature": _sampled,
    "top_p": _sampled,
    "frequency_penalty": _sampled,
    "presence_penalty": _sampled,
    "seed": _sampled_whole,
    "random_seed": _read_random_seed,
    "logit_bias": _read_logit_bias,
    "top_k": _sampled_extra,
    "min_p": _sampled_extra,
    "repetition_penalty": _sampled_extra,
    "max_tokens": _read_limit,
    "max_completion_tokens": _read_limit,
    "stop": _read_stop,
    "reasoning_effort": _read_reasoning,
    "reasoning": _read_reasoning,
    "thinking": _read_reasoning,
    "verbosity": _plain("verbosity", str),
    "n": _whole("candidates"),
    "logprobs": _plain("logprobs", bool),
    "top_logprobs": _whole("top_logprobs"),
    "modalities": _read_modalities,
    "stream_options": _read_stream_options,
    "user": _plain("user", str),
    "safety_identifier": _read_safety_identifier,
    "metadata": _plain("metadata", dict),
    "service_tier": _plain("service_tier", str),
    "prompt_cache_key": _plain("prompt_cache_key", str),
    "cache_control": _read_cache,
    "store": _plain("store", bool),
}

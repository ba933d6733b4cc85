"""The model's request as a body of this dialect, and the caller's own body patched for a target of this dialect."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from dragoman.dialects.base import Envelope, WireRequest
from dragoman.dialects.openai_chat.emit_tools import (
    emit_function,
    emit_output,
    emit_reasoning,
    emit_tool,
    emit_tool_choice,
    is_legacy_tool,
)
from dragoman.dialects.openai_chat.emit_turns import emit_turns
from dragoman.dialects.openai_chat.hosting import build_path
from dragoman.dialects.openai_chat.marks import emit_cache, form_of, own_fields, parse_cache
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.dialects.openai_chat.wire import PATH, SERVICE_TIERS
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import FunctionTool, ReasoningRequest, Request, Sampling
from dragoman.wire.json_document import JsonDocument, encode_json
from dragoman.wire.json_read import Fields

_PLAIN = (
    ("parallel_tool_calls", "parallel_tool_calls"),
    ("verbosity", "verbosity"),
    ("candidates", "n"),
    ("logprobs", "logprobs"),
    ("top_logprobs", "top_logprobs"),
    ("modalities", "modalities"),
    ("metadata", "metadata"),
    ("prompt_cache_key", "prompt_cache_key"),
    ("store", "store"),
)
_read_plain = attrgetter(*(attribute for attribute, _ in _PLAIN))
_SAMPLING = ("temperature", "top_p", "frequency_penalty", "presence_penalty", "logit_bias")
_EXTRA_SAMPLING = ("top_k", "min_p", "repetition_penalty")
_NO_SAMPLING = Sampling()
_NO_FORM: Fields = {}
_ASK_USAGE = b'{"include_usage":true}'


def emit_request(request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
    """A request for a target of this dialect, out of the model."""
    outlet = Outlet(losses, profile)
    form = form_of(request.extras) if request.extras is not None else _NO_FORM
    body: Fields = {"model": request.model, "messages": emit_turns(request.turns, outlet)}
    if request.stream:
        body["stream"] = True
    if request.stream or "stream_options" in form:
        _put_stream_options(request, form, profile, body)
    if request.max_output_tokens is not None:
        body[form.get("limit") or profile.max_tokens_field] = _limit(request.max_output_tokens, outlet)
    if request.sampling != _NO_SAMPLING:
        _put_sampling(request.sampling, request.reasoning, form, outlet, body)
    if _says_more(request) or "output" in form:
        _put_rare(request, form, outlet, body)
    if request.extras is not None:
        outlet.put_extras(body, request.extras, "")
    path = PATH if profile.api_version is None else build_path(PATH, request.model, profile)
    return WireRequest(path, encode_json(body))


def _says_more(request: Request) -> bool:
    """Whether it asks for any of what most requests say nothing of."""
    said = (
        request.tools,
        request.tool_choice,
        request.stop,
        request.user,
        request.service_tier,
        request.output,
        request.reasoning,
        request.cache,
        request.previous_response_id,
        request.parallel_tool_calls,
        request.verbosity,
        request.candidates,
        request.logprobs,
        request.top_logprobs,
        request.modalities,
        request.metadata,
        request.prompt_cache_key,
        request.store,
    )
    return said != (None,) * len(said)


def _put_rare(request: Request, form: Fields, outlet: Outlet, body: Fields) -> None:
    """What only some requests ask for."""
    if request.previous_response_id is not None:
        raise DragomanError(
            Kind.UNSUPPORTED,
            "Chat Completions keeps no conversations; send all of its turns.",
            path="previous_response_id",
        )
    plain = _read_plain(request)
    body.update([(name, value) for (_, name), value in zip(_PLAIN, plain, strict=True) if value is not None])
    if request.tools is not None or request.tool_choice is not None:
        _put_tools(request, form, outlet, body)
    _put_odd(request, form, outlet, body)


def _put_stream_options(request: Request, form: Fields, profile: Profile, body: Fields) -> None:
    """Usage is always asked for, whatever the client wanted: the meter needs it."""
    options = dict(form.get("stream_options", {}))
    if request.stream and profile.stream_usage == "stream_options":
        options["include_usage"] = True
    if options:
        body["stream_options"] = options


def _put_tools(request: Request, form: Fields, outlet: Outlet, body: Fields) -> None:
    tools, functions = [], []
    for index, tool in enumerate(request.tools or []):
        if isinstance(tool, FunctionTool) and is_legacy_tool(tool):
            functions.append({**emit_function(tool), **own_fields(tool.extras).get("function", {})})
        else:
            tools.append(emit_tool(tool, outlet, f"tools[{index}]"))
    if functions:
        body["functions"] = functions
    if tools or (request.tools is not None and not functions):
        body["tools"] = tools
    choice = request.tool_choice
    if choice is not None and not request.tools:  # the API refuses a choice among nothing
        if choice.mode == "required":
            outlet.lose("tool_choice", "There are no tools to choose from.")
    elif choice is not None:
        name = "function_call" if form.get("choice") == "legacy" else "tool_choice"
        body[name] = emit_tool_choice(choice, request.tools)
        if choice.extras is not None:
            outlet.put_extras({}, choice.extras, "tool_choice")


def _put_sampling(
    sampling: Sampling, reasoning: ReasoningRequest | None, form: Fields, outlet: Outlet, body: Fields
) -> None:
    """Reasoning models may refuse to be told how to draw; extra knobs go only where they are known."""
    profile = outlet.profile
    is_fixed = not profile.sampling_with_reasoning and not _is_off(reasoning)
    for name in _SAMPLING:
        value = getattr(sampling, name)
        if value is not None and is_fixed:
            outlet.lose(f"sampling.{name}", "The target does not take it while it reasons.")
        elif value is not None:
            body[name] = value
    if sampling.top_k is not None or sampling.min_p is not None or sampling.repetition_penalty is not None:
        _put_extra_sampling(sampling, form, outlet, body)
    if sampling.seed is not None:
        body[form.get("seed") or profile.seed_field] = sampling.seed


def _put_extra_sampling(sampling: Sampling, form: Fields, outlet: Outlet, body: Fields) -> None:
    for name in _EXTRA_SAMPLING:
        value = getattr(sampling, name)
        if value is not None and (name in outlet.profile.extra_sampling or name in form.get("sampling", ())):
            body[name] = value
        elif value is not None:
            outlet.lose(f"sampling.{name}")


def _is_off(reasoning: ReasoningRequest | None) -> bool:
    return reasoning is not None and (reasoning.mode == "off" or reasoning.effort == "none")


def _put_odd(request: Request, form: Fields, outlet: Outlet, body: Fields) -> None:
    """Fields that have more than one spelling."""
    if request.stop is not None:
        is_bare = form.get("stop") == "string" and len(request.stop) == 1
        body["stop"] = request.stop[0] if is_bare else request.stop
    if request.user is not None:
        body[form.get("user") or "user"] = request.user
    if request.service_tier is not None:
        body["service_tier"] = SERVICE_TIERS.get(request.service_tier, request.service_tier)
    output = emit_output(request.output, form.get("output"))
    if output is not None:
        body["response_format"] = output
    if request.reasoning is not None:
        body.update(emit_reasoning(request.reasoning, form.get("reasoning"), outlet))
    if request.cache is not None:
        _put_cache(request.cache, form.get("cache_control"), outlet, body)


def _put_cache(cache: CacheBreakpoint, remembered: Any, outlet: Outlet, body: Fields) -> None:
    if parse_cache(remembered) == cache:
        body["cache_control"] = remembered
    elif outlet.profile.cache_control:
        body["cache_control"] = emit_cache(cache)
    else:
        outlet.lose("cache")


def _limit(wanted: int, outlet: Outlet) -> int:
    most = outlet.profile.max_output_tokens
    if most is None or wanted <= most:
        return wanted
    outlet.lose("max_output_tokens", f"The target writes at most {most} tokens.", "approximated")
    return most


# -- the same dialect on both sides ----------------------------------------------------------------------------------


def patch_request(envelope: Envelope, model: str, profile: Profile) -> WireRequest:
    """The caller's bytes with the target's model, and with usage asked for."""
    document = envelope.document
    if envelope.stream and profile.stream_usage == "stream_options" and not asks_usage(document):
        body = document.patch({"model": encode_json(model), "stream_options": _force_usage(document)})
    else:
        body = document.put("model", model)
    return WireRequest(PATH if profile.api_version is None else build_path(PATH, model, profile), body)


def asks_usage(document: JsonDocument) -> bool:
    """Whether the caller itself wants usage in its stream."""
    options = document.read("stream_options")
    return type(options) is dict and options.get("include_usage") is True


def _force_usage(document: JsonDocument) -> bytes:
    options = document.fields.get("stream_options")
    if options is None or document.read("stream_options") is None:
        return _ASK_USAGE
    try:
        return JsonDocument(bytes(options)).patch({"include_usage": b"true"})
    except DragomanError as error:
        raise error.under("stream_options") from None

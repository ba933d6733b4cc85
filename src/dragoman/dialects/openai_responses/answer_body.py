"""The body of an answer: what stands around its items, in whole answers and in the first and last events of streams.

One that came in this dialect is written as it was. Any other is a `Body`, with every field that the SDK's newest types
want: what it repeats of the request comes from the request, and the defaults are what a provider repeats of one that
said nothing.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from dragoman.dialects.openai_responses.emit_request import emit_format, read_instructions
from dragoman.dialects.openai_responses.emit_tools import emit_tool_choice, emit_tools
from dragoman.dialects.openai_responses.marks import Fields, is_ours, plain_fields, read_conversation_id, read_marks
from dragoman.dialects.openai_responses.output_items import response_id
from dragoman.dialects.openai_responses.usage import emit_usage
from dragoman.dialects.openai_responses.wire import SERVICE_TIERS
from dragoman.model.loss import Loss
from dragoman.model.request import Request, Sampling
from dragoman.model.response import Response
from dragoman.model.usage import Usage

_UNSAID_REASONING: Final = msgspec.Raw(b'{"effort":null,"summary":null}')
_UNSAID_TEXT: Final = msgspec.Raw(b'{"format":{"type":"text"}}')
_UNSAID_SAMPLING: Final = Sampling()
_FORMAT_MARKS: Final = frozenset({"text_format", "_text_format"})
_ERROR: Final = {"code": "server_error", "message": "The model failed to finish."}


class Body(msgspec.Struct, gc=False):
    """An answer of another dialect's provider, in the order of its fields on the wire."""

    id: str
    object: str
    created_at: int
    status: str
    completed_at: int | None
    error: Fields | None
    incomplete_details: Fields | None
    model: str
    output: list[Fields]
    usage: Fields | None
    service_tier: str | None
    instructions: str | None
    max_output_tokens: int | None
    store: bool
    background: bool = False
    frequency_penalty: float = 0.0
    max_tool_calls: Any = None
    metadata: Fields = {}
    parallel_tool_calls: bool = True
    presence_penalty: float = 0.0
    previous_response_id: str | None = None
    prompt_cache_key: str | None = None
    reasoning: Any = _UNSAID_REASONING
    safety_identifier: str | None = None
    temperature: float = 1.0
    text: Any = _UNSAID_TEXT
    tool_choice: Any = "auto"
    tools: list[Fields] = []
    top_logprobs: int = 0
    top_p: float = 1.0
    truncation: Any = "disabled"
    user: str | None = None
    conversation: Fields | msgspec.UnsetType = msgspec.UNSET


def write_body(
    response: Response, items: list[Fields], ending: tuple[str, str | None], request: Request
) -> Body | Fields:
    """The answer around its items. `response` gives everything but the candidates."""
    marks = read_marks(response.extras)
    if "_echo" in marks:
        return _write_own_body(response, items, marks)
    status, reason = ending
    created = response.created_unix or 0
    body = Body(
        response_id(response.id),
        "response",
        created,
        status,
        created if status == "completed" else None,
        _ERROR if status == "failed" else None,
        None if reason is None else {"reason": reason},
        response.model,
        items,
        None if response.usage is None else emit_usage(response.usage),
        response.service_tier if response.service_tier in SERVICE_TIERS else "default",
        read_instructions(request),
        request.max_output_tokens,
        request.store is not False,
    )
    _repeat_settings(request, body)
    _repeat_marks(request, body)
    return body


def change_body(body: Body | Fields, changes: Fields) -> Body | Fields:
    """The same, but for these fields."""
    if isinstance(body, Body):
        return msgspec.structs.replace(body, **changes)
    return body | changes


def read_status(body: Body | Fields) -> Any:
    """How it ended."""
    return body.status if isinstance(body, Body) else body.get("status")


def _repeat_settings(request: Request, body: Body) -> None:
    """What the model has words for, where it was said at all."""
    if request.sampling != _UNSAID_SAMPLING:
        _repeat_sampling(request.sampling, body)
    if request.metadata:
        body.metadata = request.metadata
    if request.parallel_tool_calls is False:
        body.parallel_tool_calls = False
    if request.prompt_cache_key is not None:
        body.prompt_cache_key = request.prompt_cache_key
    wish = request.reasoning
    if wish is not None:
        body.reasoning = {"effort": wish.effort, "summary": wish.summary}
    if request.top_logprobs:
        body.top_logprobs = request.top_logprobs
    if request.tools or request.tool_choice is not None:
        _repeat_tools(request, body)


def _repeat_sampling(sampling: Sampling, body: Body) -> None:
    body.frequency_penalty = sampling.frequency_penalty or 0.0
    body.presence_penalty = sampling.presence_penalty or 0.0
    if sampling.temperature is not None:
        body.temperature = sampling.temperature
    if sampling.top_p is not None:
        body.top_p = sampling.top_p


def _repeat_tools(request: Request, body: Body) -> None:
    unheard: list[Loss] = []
    tools = request.tools or []
    if request.tool_choice is not None:
        body.tool_choice = emit_tool_choice(request.tool_choice, tools, unheard)
    body.tools = [_complete(tool) for tool in emit_tools(tools, unheard, is_own_request=is_ours(request.extras))]


def _complete(tool: Fields) -> Fields:
    """A function is repeated with all of its fields, those too that nobody has said."""
    if tool.get("type") != "function":
        return tool
    return {"description": None, "parameters": None, "strict": None, **tool}


def _repeat_marks(request: Request, body: Body) -> None:
    """What has more than one form, or no word but this dialect's."""
    marks = read_marks(request.extras)
    if request.output is not None or request.verbosity is not None or not _FORMAT_MARKS.isdisjoint(marks):
        _repeat_text(request, body)
    if request.user is not None:
        if "_user_field" in marks:
            body.user = request.user
        else:
            body.safety_identifier = request.user
            body.user = marks.get("_user")
    if "max_tool_calls" in marks:
        body.max_tool_calls = marks["max_tool_calls"]
    if "truncation" in marks:
        body.truncation = marks["truncation"]
    conversation = read_conversation_id(marks["conversation"]) if "conversation" in marks else None
    if conversation is not None:
        body.conversation = {"id": conversation}
    elif request.previous_response_id is not None:
        body.previous_response_id = request.previous_response_id


def _repeat_text(request: Request, body: Body) -> None:
    format_ = emit_format(request)
    if format_ is not None or request.verbosity is not None:
        text: Fields = {"format": format_ or {"type": "text"}}
        body.text = text if request.verbosity is None else {**text, "verbosity": request.verbosity}


def _write_own_body(response: Response, items: list[Fields], marks: Fields) -> Fields:
    body: Fields = {}
    if response.id:
        body["id"] = response.id
    if response.created_unix is not None:
        body["created_at"] = response.created_unix
    if response.model:
        body["model"] = response.model
    if response.service_tier is not None:
        body["service_tier"] = response.service_tier
    body |= marks["_echo"] | plain_fields(marks)
    body["output"] = items
    if response.usage is not None:
        body["usage"] = _own_usage(response.usage)
    return body


def _own_usage(usage: Usage) -> Fields:
    return emit_usage(usage) if usage.reported is None or usage.is_estimate else usage.reported

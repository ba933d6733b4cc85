"""The model → an answer's body.

An answer that came in this dialect is written as it was. Any other is given every field that the SDK's newest types
want: what it repeats of the request comes from the request.
"""

from __future__ import annotations

from dragoman.dialects.openai_responses.emit_output import OutputWriter
from dragoman.dialects.openai_responses.emit_request import emit_format, read_instructions
from dragoman.dialects.openai_responses.emit_tools import emit_tool_choice, emit_tools
from dragoman.dialects.openai_responses.marks import (
    Fields,
    is_ours,
    plain_fields,
    read_conversation_id,
    read_marks,
    report_foreign_extras,
)
from dragoman.dialects.openai_responses.output_items import mark_cut, response_id
from dragoman.dialects.openai_responses.usage import emit_usage
from dragoman.dialects.openai_responses.wire import APPROXIMATE_ENDINGS, ENDING_BY_FINISH, SERVICE_TIERS
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage


def emit_response_fields(response: Response, request: Request, losses: list[Loss]) -> Fields:
    """The body as plain fields. There is room for one candidate."""
    ours = is_ours(response.extras)
    writer = OutputWriter(response.id, request, losses, is_ours=ours)
    finish = _write_candidate(response.candidates, writer, losses) if response.candidates else Finish("other")
    report_foreign_extras(response.extras, "", losses)
    if not ours and writer.items and select_ending(finish, writer.items)[0] == "incomplete":
        writer.items[-1] = mark_cut(writer.items[-1])
    return write_body(response, writer.items, finish, {} if ours else echo_request(request), losses)


def _write_candidate(candidates: list[Candidate], writer: OutputWriter, losses: list[Loss]) -> Finish:
    """Write the first of them; why it ended."""
    if len(candidates) > 1:
        losses.extend(Loss("dropped", f"candidates[{index}]") for index in range(1, len(candidates)))
    candidate = candidates[0]
    writer.logprobs = candidate.logprobs
    report_logprobs(candidate.logprobs, losses)
    report_foreign_extras(candidate.extras, "candidates[0]", losses)
    report_foreign_extras(candidate.finish.extras, "candidates[0].finish", losses)
    writer.write(candidate.parts)
    return candidate.finish


def write_body(
    response: Response, items: list[Fields], finish: Finish, echo: Fields, losses: list[Loss] | None = None
) -> Fields:
    """The answer around its items. `response` gives everything but the candidates."""
    marks = read_marks(response.extras)
    if "_echo" in marks:
        return _write_own_body(response, items, marks)
    status, reason = select_ending(finish, items)
    if losses is not None:
        report_ending(finish, reason or status, losses)
    created = response.created_unix or 0
    return {
        "id": response_id(response.id),
        "object": "response",
        "created_at": created,
        "status": status,
        "completed_at": created if status == "completed" else None,
        "error": {"code": "server_error", "message": "The model failed to finish."} if status == "failed" else None,
        "incomplete_details": None if reason is None else {"reason": reason},
        "model": response.model,
        "output": items,
        "usage": None if response.usage is None else emit_usage(response.usage),
        "service_tier": response.service_tier if response.service_tier in SERVICE_TIERS else "default",
        **echo,
    }


def report_logprobs(logprobs: Fields | None, losses: list[Loss]) -> None:
    """Only text has probabilities here."""
    if logprobs is not None:
        names = [name for name, tokens in logprobs.items() if tokens and name != "content"]
        losses.extend(Loss("dropped", f"candidates[0].logprobs.{name}") for name in names)


def report_ending(finish: Finish, word: str, losses: list[Loss]) -> None:
    """What the word for an ending does not tell."""
    if finish.reason in APPROXIMATE_ENDINGS or (finish.reason == "refusal" and word == "content_filter"):
        losses.append(Loss("approximated", "candidates[0].finish", f"{finish.reason} is said as {word}"))
    if finish.stop_sequence is not None:
        losses.append(Loss("dropped", "candidates[0].finish.stop_sequence", "nobody says here which one was met"))


def select_ending(finish: Finish, items: list[Fields]) -> tuple[str, str | None]:
    """Status and reason. A refusal without words of its own would look like an answer; it was filtered, then."""
    if finish.reason == "refusal" and not any(_refuses(item) for item in items):
        return ENDING_BY_FINISH["content_filter"]
    return ENDING_BY_FINISH[finish.reason]


def _refuses(item: Fields) -> bool:
    return item["type"] == "message" and any(part["type"] == "refusal" for part in item["content"])


def echo_request(request: Request) -> Fields:
    """What an answer repeats of its request, with the provider's defaults for what the request left open."""
    marks = read_marks(request.extras)
    wish = request.reasoning
    sampling = request.sampling
    conversation = read_conversation_id(marks.get("conversation"))
    echo: Fields = {
        "background": False,
        "frequency_penalty": sampling.frequency_penalty or 0.0,
        "instructions": read_instructions(request),
        "max_output_tokens": request.max_output_tokens,
        "max_tool_calls": marks.get("max_tool_calls"),
        "metadata": request.metadata or {},
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "presence_penalty": sampling.presence_penalty or 0.0,
        "previous_response_id": request.previous_response_id if conversation is None else None,
        "prompt_cache_key": request.prompt_cache_key,
        "reasoning": {"effort": wish.effort, "summary": wish.summary} if wish else {"effort": None, "summary": None},
        "safety_identifier": None if "_user_field" in marks else request.user,
        "store": request.store is not False,
        "temperature": 1.0 if sampling.temperature is None else sampling.temperature,
        "text": _echo_text(request),
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": request.top_logprobs or 0,
        "top_p": 1.0 if sampling.top_p is None else sampling.top_p,
        "truncation": marks.get("truncation", "disabled"),
        "user": request.user if "_user_field" in marks else marks.get("_user"),
    }
    if conversation is not None:
        echo["conversation"] = {"id": conversation}
    if request.tools or request.tool_choice is not None:
        _echo_tools(request, echo)
    return echo


def _echo_tools(request: Request, echo: Fields) -> None:
    unheard: list[Loss] = []
    tools = request.tools or []
    if request.tool_choice is not None:
        echo["tool_choice"] = emit_tool_choice(request.tool_choice, tools, unheard)
    echo["tools"] = [_complete(tool) for tool in emit_tools(tools, unheard, is_own_request=is_ours(request.extras))]


def _complete(tool: Fields) -> Fields:
    """A function is repeated with all of its fields, those too that nobody has said."""
    if tool.get("type") != "function":
        return tool
    return {"description": None, "parameters": None, "strict": None, **tool}


def _echo_text(request: Request) -> Fields:
    text: Fields = {"format": emit_format(request) or {"type": "text"}}
    if request.verbosity is not None:
        text["verbosity"] = request.verbosity
    return text


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

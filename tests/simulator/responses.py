"""OpenAI Responses.

Specification: https://platform.openai.com/docs/api-reference/responses and …/responses-streaming. An answer is a list of
items: thinking, messages (neighbouring texts and refusals share one), and calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.simulator import responses_rules
from tests.simulator.complaint import ComplaintError
from tests.simulator.dialect import Event, Turn, last_text
from tests.simulator.openai_envelope import describe_error, openai_headers, openai_models
from tests.simulator.responses_items import Item, build_content, build_items, name_call
from tests.simulator.say import (
    JSON,
    Finish,
    Part,
    Refusal,
    Text,
    Thinking,
    Tokens,
    ToolCall,
    cut_arguments,
    cut_pieces,
)

check = responses_rules.check
headers = openai_headers
models = openai_models

NAME = "openai-responses"
CARRIERS = ("authorization", "api-key")
LINE_END = "\n"
INDENT = 2
PING = None

INCOMPLETE: dict[Finish, str] = {"length": "max_output_tokens", "content_filter": "content_filter"}

ECHOED: JSON = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}

Step = tuple[str, JSON]


def last_user_text(body: JSON) -> str:
    return last_text(body.get("input"))


def count(tokens: int) -> JSON:
    return {"object": "response.input_tokens", "input_tokens": tokens}


def error(complaint: ComplaintError, request_id: str) -> JSON:
    return {"error": describe_error(complaint)}


def error_events(complaint: ComplaintError, turn: Turn, sent: list[Event]) -> list[Event]:
    """The error, and, where a response has begun, the response that failed."""
    described = describe_error(complaint)
    events = [Event("error", {"type": "error", "sequence_number": len(sent), "error": described}, "error")]
    if sent:
        failure = {"code": described["code"] or "server_error", "message": complaint.message}
        failed = _response(turn, "failed", []) | {"error": failure}
        events.append(_event(len(sent) + 1, ("response.failed", {"response": failed})))
    return events


def answer(turn: Turn) -> JSON:
    return _finished(turn)[1]


def _finished(turn: Turn) -> Step:
    """The response at its end, and the name of the event that brings it."""
    items = [item.done for item in build_items(turn)]
    reason = INCOMPLETE.get(turn.finishes[0])
    status = "incomplete" if reason else "completed"
    usage = {"usage": _usage(turn.reported)} if turn.reported else {}
    end = {"incomplete_details": {"reason": reason}} if reason else {"completed_at": turn.created}
    return f"response.{status}", _response(turn, status, items) | end | usage


def _response(turn: Turn, status: str, output: list[JSON]) -> JSON:
    asked = {name: turn.call.body.get(name, default) for name, default in ECHOED.items()}
    return (
        {"id": turn.id("resp_", 48), "object": "response", "created_at": turn.created, "status": status}
        | {"completed_at": None, "error": None, "incomplete_details": None, "model": turn.model, "output": output}
        | asked
        | {"tools": [_echo_tool(tool) for tool in turn.call.body.get("tools") or []]}
        | {"service_tier": "default", "usage": None}
    )


def _echo_tool(tool: JSON) -> JSON:
    defaults = {"description": None, "parameters": None, "strict": True}
    return defaults | tool if tool.get("type") == "function" else tool


def _usage(usage: Tokens) -> JSON:
    return {
        "input_tokens": usage.all_input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.all_cache_write},
        "output_tokens": usage.all_output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.all_input + usage.all_output,
    }


def events(turn: Turn) -> Iterator[Event]:
    for number, step in enumerate(_steps(turn)):
        yield _event(number, step)


def _event(number: int, step: Step) -> Event:
    kind, fields = step
    return Event(kind, {"type": kind} | fields | {"sequence_number": number}, kind, content=kind.endswith(".delta"))


def _steps(turn: Turn) -> Iterator[Step]:
    begun = _response(turn, "in_progress", [])
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for item in build_items(turn):
        started = item.done | EMPTY[item.done["type"]]
        yield "response.output_item.added", {"output_index": item.number, "item": started}
        yield from STEPS[type(item.parts[0])](turn, item)
        yield "response.output_item.done", {"output_index": item.number, "item": item.done}
    kind, response = _finished(turn)
    yield kind, {"response": response}


EMPTY: dict[str, JSON] = {
    "message": {"status": "in_progress", "content": []},
    "reasoning": {"summary": []},
    "function_call": {"status": "in_progress", "arguments": ""},
    "custom_tool_call": {"status": "in_progress", "input": ""},
}


def _message_steps(turn: Turn, item: Item) -> Iterator[Step]:
    for index, part in enumerate(item.parts):
        place = item.place | {"content_index": index}
        done = build_content(part)
        name, field = ("refusal", "refusal") if isinstance(part, Refusal) else ("output_text", "text")
        extra: JSON = {} if isinstance(part, Refusal) else {"logprobs": []}
        nothing: JSON = {field: ""} | ({} if isinstance(part, Refusal) else {"annotations": []})
        yield "response.content_part.added", place | {"part": done | nothing}
        for piece in cut_pieces(part.text, turn.say.piece_size):
            yield f"response.{name}.delta", place | {"delta": piece} | extra
        for number, annotation in enumerate(done.get("annotations", ())):
            yield (
                "response.output_text.annotation.added",
                place | {"annotation_index": number, "annotation": annotation},
            )
        yield f"response.{name}.done", place | {field: part.text} | extra
        yield "response.content_part.done", place | {"part": done}


def _reasoning_steps(turn: Turn, item: Item) -> Iterator[Step]:
    for index, summary in enumerate(item.done["summary"]):
        place = item.place | {"summary_index": index}
        yield "response.reasoning_summary_part.added", place | {"part": summary | {"text": ""}}
        for piece in cut_pieces(summary["text"], turn.say.piece_size):
            yield "response.reasoning_summary_text.delta", place | {"delta": piece}
        yield "response.reasoning_summary_text.done", place | {"text": summary["text"]}
        yield "response.reasoning_summary_part.done", place | {"part": summary}


def _call_steps(turn: Turn, item: Item) -> Iterator[Step]:
    kind, _, field = name_call(turn, item.parts[0])
    name = f"response.{kind}_{field}"
    for piece in cut_arguments(item.parts[0], turn.say.piece_size):
        yield f"{name}.delta", item.place | {"delta": piece}
    yield f"{name}.done", item.place | {field: item.done[field]}


STEPS: dict[type[Part], Callable[[Turn, Item], Iterator[Step]]] = {
    Text: _message_steps,
    Refusal: _message_steps,
    Thinking: _reasoning_steps,
    ToolCall: _call_steps,
}

"""The model → an answer's body.

An answer that came in this dialect is written as it was. Any other is given every field that the SDK's newest types
want: what it repeats of the request comes from the request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.openai_responses.emit_parts import Place, emit_part
from dragoman.dialects.openai_responses.emit_request import emit_format
from dragoman.dialects.openai_responses.emit_tools import emit_tool_choice, emit_tools, read_namespaces
from dragoman.dialects.openai_responses.marks import (
    Fields,
    find_minter,
    is_ours,
    plain_fields,
    read_marks,
    report_foreign_extras,
)
from dragoman.dialects.openai_responses.output_items import (
    CALL_PREFIXES,
    IMAGE,
    MESSAGE,
    call_item,
    carry_reasoning,
    item_id,
    message_item,
    open_item,
    reasoning_item,
    response_id,
    signature_item,
    split_name,
)
from dragoman.dialects.openai_responses.usage import emit_usage
from dragoman.dialects.openai_responses.wire import APPROXIMATE_ENDINGS, ENDING_BY_FINISH, NAME
from dragoman.model.content import Audio, Image, InlineData, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Finish, Response
from dragoman.model.usage import Usage


def emit_response_fields(response: Response, request: Request, losses: list[Loss]) -> Fields:
    """The body as plain fields. There is room for one candidate."""
    ours = is_ours(response.extras)
    candidate = response.candidates[0] if response.candidates else None
    losses.extend(Loss("dropped", f"candidates[{index}]") for index in range(1, len(response.candidates)))
    writer = OutputWriter(response.id, request, losses, is_ours=ours)
    if candidate is not None:
        writer.logprobs = None if ours else candidate.logprobs
        report_foreign_extras(candidate.extras, "candidates[0]", losses)
        writer.write(candidate.parts)
    report_foreign_extras(response.extras, "", losses)
    finish = Finish("other") if candidate is None else candidate.finish
    return write_body(response, writer.items, finish, {} if ours else echo_request(request), losses)


def write_body(
    response: Response, items: list[Fields], finish: Finish, echo: Fields, losses: list[Loss] | None = None
) -> Fields:
    """The answer around its items. `response` gives everything but the candidates."""
    marks = read_marks(response.extras)
    if "_echo" in marks:
        return _write_own_body(response, items, marks)
    status, reason = ENDING_BY_FINISH[finish.reason]
    if finish.reason in APPROXIMATE_ENDINGS and losses is not None:
        losses.append(Loss("approximated", "candidates[0].finish", f"{finish.reason} is said as {reason or status}"))
    return {
        "id": response_id(response.id),
        "object": "response",
        "created_at": response.created_unix or 0,
        "status": status,
        "completed_at": (response.created_unix or 0) if status == "completed" else None,
        "error": {"code": "server_error", "message": "The model failed to finish."} if status == "failed" else None,
        "incomplete_details": None if reason is None else {"reason": reason},
        "model": response.model,
        "output": items,
        "usage": None if response.usage is None else emit_usage(response.usage),
        "service_tier": response.service_tier or "default",
        **echo,
    }


def echo_request(request: Request) -> Fields:
    """What an answer repeats of its request, with the provider's defaults for what the request left open."""
    marks = read_marks(request.extras)
    unheard: list[Loss] = []
    tools = request.tools or []
    choice = request.tool_choice
    first = request.turns[0] if request.turns else None
    is_instructed = first is not None and "_instructions" in read_marks(first.extras)
    wish = request.reasoning
    return {
        "background": False,
        "instructions": first.parts[0].text if first and is_instructed and isinstance(first.parts[0], Text) else None,
        "max_output_tokens": request.max_output_tokens,
        "max_tool_calls": marks.get("max_tool_calls"),
        "metadata": request.metadata or {},
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "previous_response_id": request.previous_response_id,
        "prompt_cache_key": request.prompt_cache_key,
        "reasoning": {"effort": wish.effort if wish else None, "summary": wish.summary if wish else None},
        "safety_identifier": request.user if marks.get("_user_field") is None else None,
        "store": request.store is not False,
        "temperature": 1.0 if request.sampling.temperature is None else request.sampling.temperature,
        "text": _echo_text(request),
        "tool_choice": "auto" if choice is None else emit_tool_choice(choice, tools, unheard),
        "tools": emit_tools(tools, unheard, is_own_request=is_ours(request.extras)),
        "top_logprobs": request.top_logprobs or 0,
        "top_p": 1.0 if request.sampling.top_p is None else request.sampling.top_p,
        "truncation": marks.get("truncation", "disabled"),
        "user": request.user if marks.get("_user_field") else marks.get("_user"),
    }


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


class OutputWriter:
    """Writes the parts of a candidate as output items."""

    def __init__(self, id: str, request: Request, losses: list[Loss], *, is_ours: bool) -> None:
        self.items: list[Fields] = []
        self.id = id
        self.is_ours = is_ours
        self.logprobs: Fields | None = None
        self.namespaces = read_namespaces(request.tools)
        self.wants_tokens = request.reasoning is not None and request.reasoning.encrypted
        self.place = Place(losses, is_ours=is_ours, root="candidates")
        self._content: list[Fields] | None = None

    def write(self, parts: list[Part]) -> None:
        """Append the items of these parts."""
        for self.place.part, part in enumerate(parts):
            if not isinstance(part, Text | Refusal):
                self._content = None
            write = self.WRITERS.get(type(part))
            if write is None:
                self.place.lose("dropped", "", "an answer has no place for this")
            else:
                write(self, part)
        self._content = None

    def _write_text(self, part: Text | Refusal) -> None:
        marks = read_marks(part.extras)
        if self._content is None or "_item" in marks:
            self._content = []
            head = open_item(part.extras, MESSAGE, self.id, len(self.items))
            own = {name.removeprefix("message."): marks[name] for name in marks if name.startswith("message.")}
            self.items.append(message_item(head, self._content) | own)
        value = emit_part(part, "output_text", self.place)
        assert value is not None
        if isinstance(part, Text) and not self.is_ours:
            value = {"type": "output_text", "annotations": value.get("annotations", []), "logprobs": []} | value
            if self.logprobs is not None:
                value["logprobs"] = self.logprobs.get("content") or []
                self.logprobs = None
        self._content.append(value)

    def _write_call(self, part: ToolCall) -> None:
        if part.signature is not None:
            self._write_signature(part, part.signature)
        marks = read_marks(part.extras)
        name, namespace = split_name(part.name, part.extras, self.namespaces)
        arguments = part.arguments
        if part.kind == "function" and not arguments and not self.is_ours:
            arguments = "{}"
        head = open_item(part.extras, CALL_PREFIXES[part.kind], self.id, len(self.items))
        item = call_item(head, part.id, name, arguments, part.kind) | plain_fields(marks)
        if namespace is not None:
            item["namespace"] = namespace
        self.place.report_extras(part.extras)
        self.items.append(item)

    def _write_signature(self, part: ToolCall, signature: str) -> None:
        minter = find_minter(part.extras)
        if minter is None or not self.wants_tokens:
            self.place.lose("stripped_token", ".signature", "the client did not ask for encrypted content")
            return
        self.items.append(signature_item(part.id, signature, minter, self.id, len(self.items)))

    def _write_reasoning(self, part: Reasoning) -> None:
        self.items.append(reasoning_item(part, self.id, len(self.items), wants_tokens=self.wants_tokens))
        self.place.report_extras(part.extras)
        report_lost_token(part, self.place, wants_tokens=self.wants_tokens)

    def _write_image(self, part: Image) -> None:
        if not isinstance(part.source, InlineData):
            self.place.lose("dropped", ".source", "an image in an answer must be data")
            return
        head = read_marks(part.extras).get("_item")
        if head is None:
            head = {
                "id": item_id(IMAGE, self.id, len(self.items)),
                "type": "image_generation_call",
                "status": "completed",
                "output_format": part.source.media_type.removeprefix("image/") or "png",
            }
        self.items.append({**head, "result": part.source.data})
        self.place.report_extras(part.extras)

    def _write_audio(self, part: Audio) -> None:
        if not part.transcript:
            self.place.lose("dropped", "", "an answer has no place for audio")
            return
        self.place.lose("approximated", "", "audio becomes its transcript")
        self._write_text(Text(part.transcript))
        self._content = None

    def _write_opaque(self, part: Opaque) -> None:
        if part.dialect == NAME:
            self.items.append(part.value)
        else:
            self.place.lose("dropped", "", f"{part.kind} is a word of {part.dialect} alone")

    WRITERS: ClassVar[dict[type, Callable[[OutputWriter, Any], None]]] = {
        Text: _write_text,
        Refusal: _write_text,
        ToolCall: _write_call,
        Reasoning: _write_reasoning,
        Image: _write_image,
        Audio: _write_audio,
        Opaque: _write_opaque,
    }


def report_lost_token(part: Reasoning, place: Place, *, wants_tokens: bool) -> None:
    """Say so when thinking of another dialect loses what its provider would need to take it back."""
    has_token = (part.signature or part.encrypted or part.redacted) is not None
    if has_token and not is_ours(part.extras) and not (wants_tokens and carry_reasoning(part)):
        place.lose(
            "stripped_token", "", "the client did not ask for encrypted content, or nobody says whose token it is"
        )

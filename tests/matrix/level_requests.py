"""What two requests may say differently and still mean the same: one rule a function, its reason in its docstring.

Both requests are brought into this form before they are compared. `target` is the dialect that was crossed into. A rule
may only level what makes no difference to the answer; what does must be told by a loss.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import msgspec

from dragoman.model.content import (
    Audio,
    File,
    Image,
    InlineData,
    Part,
    PlainText,
    Reasoning,
    RemoteUrl,
    StoredFile,
    ToolCall,
    ToolResult,
    Video,
)
from dragoman.model.request import FunctionTool, JsonSchemaOutput, ReasoningRequest, Request, ToolChoice

replace = msgspec.structs.replace

USUAL_TIERS = frozenset({"auto", "default", "standard", "standard_only"})
SAME_SOUND = {"audio/mp3": "audio/mpeg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav"}
EMPTY_SCHEMA = {"type": "object"}
UNTHINKING = frozenset({"anthropic_messages", "bedrock_converse"})
STRICT_BY_THEMSELVES = UNTHINKING | {"gemini_generate"}


def put_defaults(request: Request, target: str) -> Request:
    """A default that is written out says what its absence says: calls in parallel, a free choice of tools, one
    candidate, text only, no penalties, the usual service tier, nothing stored (dialects without a store never do;
    Responses is told so)."""
    return replace(
        request,
        parallel_tool_calls=None if request.parallel_tool_calls else request.parallel_tool_calls,
        candidates=None if request.candidates == 1 else request.candidates,
        modalities=None if request.modalities == ["text"] else request.modalities,
        service_tier=None if request.service_tier in USUAL_TIERS else request.service_tier,
        store=request.store or None,
        stream=False,
        tool_choice=_put_choice(request),
        top_logprobs=request.top_logprobs or None,
        sampling=replace(
            request.sampling,
            frequency_penalty=request.sampling.frequency_penalty or None,
            presence_penalty=request.sampling.presence_penalty or None,
        ),
    )


def _put_choice(request: Request) -> ToolChoice | None:
    choice = request.tool_choice
    if choice is None or (choice.mode == "auto" and not request.tools):
        return ToolChoice("auto") if request.tools else None
    return choice


def put_tools(request: Request, target: str) -> Request:
    """A tool that is not strict is an ordinary one; no schema is one without arguments."""
    if request.tools is None:
        return request
    return replace(request, tools=[_put_tool(tool) for tool in request.tools])


def _put_tool(tool: Any) -> Any:
    if not isinstance(tool, FunctionTool):
        return tool
    schema = tool.schema
    if not schema or schema == {"type": "object", "properties": {}}:
        schema = EMPTY_SCHEMA
    return replace(tool, strict=tool.strict or None, schema=schema)


def put_output(request: Request, target: str) -> Request:
    """The name of a schema is a label that only OpenAI demands; Gemini wants the description in the schema; Anthropic,
    Gemini and Bedrock follow every schema strictly."""
    output = request.output
    if not isinstance(output, JsonSchemaOutput):
        return request
    schema = output.schema
    described = output.description
    if target == "gemini_generate" and schema is not None and described is not None:
        schema, described = {"description": described, **schema}, None
    strict = None if target in STRICT_BY_THEMSELVES else output.strict or None
    return replace(request, output=replace(output, schema=schema, name=None, description=described, strict=strict))


def put_reasoning(request: Request, target: str) -> Request:
    """An effort or a budget above nothing asks for thinking, one of nothing forbids it, and then nothing else matters.
    That the model decides is the default of OpenAI and Gemini; Claude does not think unless told to, at Bedrock neither. OpenAI and
    Gemini show no thinking unless told to. `auto` is the usual detail of summaries. Anthropic and Gemini always give
    the tokens of their thinking; whether a client gets them is decided when it is answered."""
    wish = request.reasoning
    if wish is None:
        return request
    if wish.mode == "off" or wish.effort == "none" or wish.budget_tokens == 0:
        return replace(request, reasoning=None if target in UNTHINKING else ReasoningRequest("off"))
    display = wish.display
    if display is None and wish.summary is not None and target != "openai_chat":
        display = "summary"
    elif target not in UNTHINKING and display == "omitted":
        display = None
    levelled = replace(
        wish,
        mode=None,
        summary=None if wish.summary == "auto" else wish.summary,
        display=display,
        encrypted=wish.encrypted and target == "openai_chat",
    )
    return replace(request, reasoning=None if levelled == ReasoningRequest() else levelled)


def put_roles(request: Request, target: str) -> Request:
    """A developer is who speaks as the system where there is no such word."""
    turns = [replace(turn, role="system") if turn.role == "developer" else turn for turn in request.turns]
    return replace(request, turns=turns)


def put_parts(request: Request, target: str) -> Request:
    """A text document may be given in Base64; the media type of an address or a stored file is a guess that only Gemini
    wants; pictures are seen in the usual detail and documents not cited unless asked for; sound has several names for one format; a
    result repeats the name and the kind of its call, and thinking has ids in Responses only."""
    parts = [part for turn in request.turns for part in turn.parts]
    names = {part.id: part.name for part in parts if isinstance(part, ToolCall)}
    turns = [replace(turn, parts=[_put_part(part, names) for part in turn.parts]) for turn in request.turns]
    return replace(request, turns=turns)


def _put_part(part: Part, names: dict[str, str]) -> Part:
    if isinstance(part, File) and isinstance(part.source, PlainText):
        data = base64.b64encode(part.source.text.encode()).decode()
        part = replace(part, source=InlineData(part.source.media_type, data))
    if isinstance(part, Image) and part.detail == "auto":
        part = replace(part, detail=None)
    if isinstance(part, Reasoning):
        part = replace(part, id=None)
    if isinstance(part, Audio) and isinstance(part.source, InlineData):
        media_type = SAME_SOUND.get(part.source.media_type, part.source.media_type)
        part = replace(part, source=replace(part.source, media_type=media_type))
    if isinstance(part, File):
        part = replace(part, cite=part.cite or None)
    if isinstance(part, File | Image | Video) and isinstance(part.source, RemoteUrl | StoredFile):
        return replace(part, source=replace(part.source, media_type=""))
    if isinstance(part, ToolResult):
        name = None if part.name == names.get(part.call_id) else part.name
        inner = [_put_part(inner, names) for inner in part.parts]
        return replace(part, parts=inner, name=name, kind="function", is_error=part.is_error or None)
    return part


RULES: tuple[Callable[[Request, str], Request], ...] = (
    put_defaults,
    put_tools,
    put_output,
    put_reasoning,
    put_roles,
    put_parts,
)


def level_request(request: Request, target: str) -> Request:
    """The request in the form in which requests are compared."""
    for rule in RULES:
        request = rule(request, target)
    return request

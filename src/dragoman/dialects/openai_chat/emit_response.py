"""The model's answer as a `chat.completion`."""

from __future__ import annotations

import msgspec

from dragoman.dialects.base import WireReply
from dragoman.dialects.openai_chat.emit_message import (
    Add,
    Draft,
    add_audio,
    add_call,
    add_opaque,
    add_refusal,
    emit_message,
    is_own_audio,
    reasoning_text,
)
from dragoman.dialects.openai_chat.finish import emit_finish
from dragoman.dialects.openai_chat.marks import (
    FORM,
    MINTED,
    form_of,
    is_minted,
    own_fields,
    report_foreign,
    wire_fields,
)
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.dialects.openai_chat.source import write_url
from dragoman.dialects.openai_chat.usage import emit_usage
from dragoman.dialects.openai_chat.wire import CUT_FINISHES, NAME, SERVICE_TIERS
from dragoman.model.content import (
    Audio,
    Citation,
    Image,
    InlineData,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Candidate, Response
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields


def emit_response(response: Response, request: Request, losses: list[Loss]) -> WireReply:
    """The whole answer."""
    outlet = Outlet(losses)
    choices: list[Fields] = []
    for position, candidate in enumerate(response.candidates):
        choices.append(_emit_choice(candidate, outlet, f"candidates[{position}]"))
    body: Fields = {
        "id": response.id,
        "object": "chat.completion",
        "created": response.created_unix or 0,
        "model": response.model or request.model,
        "choices": choices,
    }
    if response.usage is not None:
        body["usage"] = emit_usage(response.usage)
    if response.service_tier is not None:
        body["service_tier"] = SERVICE_TIERS.get(response.service_tier, response.service_tier)
    if response.extras is not None:
        outlet.put_extras(body, response.extras, "")
    return WireReply(200, encode_json(body))


def _emit_choice(candidate: Candidate, outlet: Outlet, path: str) -> Fields:
    message = emit_message(candidate.parts, candidate.extras, _ANSWER, outlet, path)
    has_refusal = message.setdefault("refusal", None) is not None
    message.setdefault("annotations", [])
    if candidate.extras is not None:
        outlet.put_extras(message, candidate.extras, path)
    finish = candidate.finish
    if "tool_calls" in message and finish.reason not in CUT_FINISHES:
        _fill_arguments(message)
    choice: Fields = {
        "index": candidate.index,
        "message": message,
        "logprobs": candidate.logprobs,
        "finish_reason": emit_finish(finish, outlet, path, has_refusal=has_refusal),
    }
    if finish.extras is not None:
        outlet.put_extras(choice, finish.extras, f"{path}.finish")
    return choice


def _fill_arguments(message: Fields) -> None:
    """No arguments are told as an empty object, for clients parse what they get; not so where the answer was cut."""
    for call in message["tool_calls"]:
        function = call.get("function")
        if function is not None and not function["arguments"]:
            function["arguments"] = "{}"


# -- what becomes of a part ------------------------------------------------------------------------------------------


def _add_text(draft: Draft, part: Text, path: str) -> None:
    """Citations count from the beginning of all the text, not of one part."""
    outlet = draft.outlet
    if part.signature is not None:
        outlet.lose(f"{path}.signature", code="stripped_token")
    if draft.content and "tool_calls" in draft.fields:
        outlet.lose(path, "Text after a tool call joins the text before it.", "moved")
    elif "images" in draft.fields:
        outlet.lose(path, "Text after a picture stands before it.", "moved")
    wire = {"type": "text", "text": part.text}
    if part.extras is not None:
        outlet.put_extras(wire, part.extras, path)
    for index, citation in enumerate(part.citations or ()):
        annotation = emit_citation(citation, draft.length, len(part.text))
        if annotation is not None:
            draft.extend("annotations", [annotation])
        report_citation(citation, annotation, outlet, f"{path}.citations[{index}]")
    draft.length += len(part.text)
    draft.content.append(wire)


def emit_citation(citation: Citation, offset: int, length: int) -> Fields | None:
    """An annotation; None where there is no URL to name. Without offsets it is the whole part that is covered."""
    kept: Fields | None = own_fields(citation.extras).get("annotation")
    if kept is not None:
        return kept
    if citation.url is None:
        return None
    is_spanned = citation.kind == "url" and citation.start is not None
    inner: Fields = {
        "url": citation.url,
        "title": citation.title or "",
        "start_index": offset + (citation.start or 0) if is_spanned else offset,
        "end_index": offset + (citation.end or 0) if is_spanned else offset + length,
    }
    if citation.cited_text is not None:
        inner["content"] = citation.cited_text
    return {"type": "url_citation", "url_citation": {**inner, **wire_fields(citation.extras)}}


def report_citation(citation: Citation, annotation: Fields | None, outlet: Outlet, path: str) -> None:
    """What an annotation, if there is one, does not tell of its citation."""
    if annotation is None:
        outlet.lose(path, f"There is no annotation for citations of the kind {citation.kind}.")
        return
    if citation.kind != "url" and "annotation" not in own_fields(citation.extras):
        outlet.lose(path, f"A {citation.kind} citation is told as one of its address.", "approximated")
    if citation.extras is not None:
        report_foreign(citation.extras, outlet.losses, f"{path}.")


def _add_reasoning(draft: Draft, part: Reasoning, path: str) -> None:
    """Clients read `reasoning_content`; what came in this dialect keeps the fields it came in."""
    outlet = draft.outlet
    if not is_minted(part.extras) and (part.signature or part.redacted or part.encrypted):
        outlet.lose(path, "Only its maker can read the token of this thinking.", "stripped_token")
    if part.extras is not None:
        report_foreign(part.extras, outlet.losses, f"{path}.")
    form = form_of(part.extras)
    if "part" in form:
        draft.content.append(form["part"])
        return
    details = wire_fields(part.extras).get("reasoning_details")
    if details:
        draft.extend("reasoning_details", details)
    text = reasoning_text(part)
    for name in form.get("fields") or ([] if details or not text else ["reasoning_content"]):
        draft.extend(name, text)


def _add_image(draft: Draft, part: Image, path: str) -> None:
    """A picture that the model drew; OpenAI has no place for it, so it stands in OpenRouter's `images`."""
    url = write_url(part.source)
    if url is None:
        draft.outlet.lose(path, "A picture goes inline or by URL.")
        return
    wire: Fields = {"type": "image_url", "image_url": {"url": url}}
    draft.extend("images", [draft.outlet.put_marks(wire, None, part.extras, path)])


def _add_audio(draft: Draft, part: Audio, path: str) -> None:
    source = part.source
    if is_own_audio(part) or not isinstance(source, InlineData):
        add_audio(draft, part, path)
        return
    draft.fields["audio"] = write_audio(source.data, part.transcript)
    report_audio_type(source, draft.outlet, path)


def write_audio(data: str, transcript: str | None) -> Fields:
    """What the model spoke, as OpenAI writes it."""
    return {"id": "", "data": data, "expires_at": 0, "transcript": transcript or ""}


def report_audio_type(source: InlineData, outlet: Outlet, path: str) -> None:
    """OpenAI's clients know the format, for they have asked for it; that of others may be another."""
    if source.media_type:
        outlet.lose(f"{path}.source.media_type", "The format of sound is not named.")


def _add_call(draft: Draft, part: ToolCall, path: str) -> None:
    """Only Google signs calls, and this is where its compatible endpoint puts the signature: clients that send calls
    back as they came keep it."""
    if part.signature is None or is_minted(part.extras):
        add_call(draft, part, path)
        return
    signed = {NAME: {MINTED: True, FORM: {"extra_content": write_signature(part.signature)}}}
    add_call(draft, msgspec.structs.replace(part, extras={**(part.extras or {}), **signed}), path)


def write_signature(signature: str) -> Fields:
    """What stands in `extra_content` beside a tool call."""
    return {"google": {"thought_signature": signature}}


_ANSWER: dict[type, Add] = {
    Text: _add_text,
    Refusal: add_refusal,
    Reasoning: _add_reasoning,
    Image: _add_image,
    Audio: _add_audio,
    ToolCall: _add_call,
    Opaque: add_opaque,
}

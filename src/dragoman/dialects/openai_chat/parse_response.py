"""A finished answer into the model, with the tolerance that many servers of one format need."""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.openai_chat.errors import parse_inline_error
from dragoman.dialects.openai_chat.finish import parse_finish
from dragoman.dialects.openai_chat.marks import keep, rest_of
from dragoman.dialects.openai_chat.parse_message import parse_assistant
from dragoman.dialects.openai_chat.usage import parse_usage
from dragoman.dialects.openai_chat.usual_answer import read_usual
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.errors import DragomanError, invalid, malformed_upstream
from dragoman.model.content import Citation, Part, Refusal, Text, ToolCall
from dragoman.model.response import Candidate, Response
from dragoman.model.usage import note_tier
from dragoman.wire.json_document import decode_object
from dragoman.wire.json_read import Fields, read_optional, read_required

_BODY_FIELDS = frozenset({"id", "object", "created", "model", "choices", "usage", "service_tier"})
_CHOICE_FIELDS = frozenset({"index", "message", "finish_reason", "logprobs"})
_URL_FIELDS = frozenset({"url", "title", "start_index", "end_index", "content"})


def parse_response(body: bytes) -> Response:
    """The whole answer. An error that came with status 200 is raised as what it is."""
    return read_usual(body) or read_with_care(body)


def read_with_care(body: bytes) -> Response:
    """The same, for whatever shape it has; says what is wrong."""
    try:
        fields = decode_object(body)
        if fields.get("error") or fields.get("object") == "error":
            raise parse_inline_error(fields, body)
        return _parse_body(fields)
    except DragomanError as error:
        if error.blame != "client" or error.reply is not None:
            raise
        raise malformed_upstream(f"The provider's answer cannot be understood: {error}") from None


def _parse_body(fields: Fields) -> Response:
    identifier = read_optional(fields, "id", str) or ""
    choices = read_required(fields, "choices", list)
    if not choices:
        raise malformed_upstream("The provider's answer holds no choices.")
    candidates: list[Candidate] = []
    try:
        for choice in choices:
            candidates.append(_parse_choice(choice, len(candidates), identifier))
    except DragomanError as error:
        raise error.under(f"choices[{len(candidates)}]") from None
    created = fields.get("created")
    tier = fields.get("service_tier")
    usage = parse_usage(fields.get("usage"))
    return Response(
        id=identifier,
        model=read_optional(fields, "model", str) or "",
        candidates=candidates,
        usage=note_tier(usage, tier) if usage is not None else None,
        created_unix=created if type(created) is int else None,
        service_tier=tier if type(tier) is str else None,
        extras=keep(rest_of(fields, _BODY_FIELDS), {}),
    )


def _parse_choice(choice: Any, position: int, identifier: str) -> Candidate:
    """One candidate. A missing index is the position."""
    if type(choice) is not dict:
        raise invalid("An object is expected here.")
    spoken = parse_assistant(read_optional(choice, "message", dict) or {})  # Azure leaves out what it filtered
    parts = spoken.parts
    annotations = spoken.rest.get("annotations")
    if type(annotations) is list and _attach_citations(parts, annotations):
        del spoken.rest["annotations"]
    kinds = {*map(type, parts)}
    index = choice.get("index")
    finish = parse_finish(
        choice.get("finish_reason"),
        rest_of(choice, _CHOICE_FIELDS),
        has_calls=ToolCall in kinds,
        has_refusal=Refusal in kinds,
    )
    return Candidate(
        parts=_name_calls(parts, position, identifier) if ToolCall in kinds else parts,
        finish=finish,
        index=index if type(index) is int else position,
        logprobs=read_optional(choice, "logprobs", dict),
        extras=spoken.extras,
    )


def _name_calls(parts: list[Part], position: int, identifier: str) -> list[Part]:
    """A missing id of a call is made up, so that its result can name it."""
    return [
        msgspec.structs.replace(part, id=make_call_id(identifier, f"{position}_{place}"))
        if isinstance(part, ToolCall) and not part.id
        else part
        for place, part in enumerate(parts)
    ]


def make_call_id(response_id: str, place: str) -> str:
    """An id for a call that came without one; unique as long as the answers' own ids are."""
    return f"call_{response_id}_{place}" if response_id else f"call_{place}"


# -- citations -------------------------------------------------------------------------------------------------------


def _attach_citations(parts: list[Part], annotations: list[Any]) -> bool:
    """Hang the annotations on the text they count in; that is the only one, or there is nothing to hang them on."""
    places = [place for place, part in enumerate(parts) if type(part) is Text]
    if not annotations or len(places) != 1 or not all(type(value) is dict for value in annotations):
        return not annotations
    text = parts[places[0]]
    citations = [parse_citation(annotation) for annotation in annotations]
    parts[places[0]] = msgspec.structs.replace(text, citations=citations)
    return True


def parse_citation(annotation: Fields) -> Citation:
    """One annotation. What is no plain web citation, with its offsets, is kept whole."""
    inner = annotation.get("url_citation")
    if type(inner) is not dict or len(annotation) != 2:
        return Citation("other", extras={NAME: {"annotation": annotation}})
    url, title, cited = _word(inner, "url"), _word(inner, "title"), _word(inner, "content")
    start, end = inner.get("start_index"), inner.get("end_index")
    if type(start) is not int or type(end) is not int or url is None or title is None:
        return Citation("other", url, title, cited, extras={NAME: {"annotation": annotation}})
    extras = keep(rest_of(inner, _URL_FIELDS), {})
    return Citation("url", url, title, cited, start=start, end=end, extras=extras)


def _word(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return value if type(value) is str else None

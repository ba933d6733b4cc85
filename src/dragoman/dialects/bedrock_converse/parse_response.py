"""A provider's answer to the model: blocks, finish and usage, all of which streams read the same way.

Amazon tells neither an id nor the model in the body. Tokens: the input stands without what the cache held, the output
with the thinking.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dragoman.dialects.base import Glance
from dragoman.dialects.bedrock_converse import wire
from dragoman.dialects.bedrock_converse.errors import blame_upstream
from dragoman.errors import DragomanError, malformed_upstream
from dragoman.model.content import Citation, Extras, Image, InlineData, Opaque, Part, Reasoning, Text, ToolCall
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage, note_tier
from dragoman.wire.json_document import check_utf8, decode_object, encode_json
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required, rest_of

_CALL_FIELDS = frozenset({"toolUseId", "name", "input"})


def parse_response(body: bytes) -> Response:
    """One finished answer."""
    try:
        return _parse(decode_object(body))
    except DragomanError as error:
        raise blame_upstream(error) from None


def _parse(fields: Fields) -> Response:
    output = read_required(fields, "output", dict)
    message = read_required(output, "message", dict)
    parts = [part for block in _read_blocks(message) for part in block]
    reported = read_optional(fields, "usage", dict)
    more = read_optional(fields, "additionalModelResponseFields", dict)
    return Response(
        id="",
        model="",
        candidates=[Candidate(parts, parse_finish(read_required(fields, "stopReason", str), more))],
        usage=None if reported is None else note_tier(parse_usage(reported), parse_tier(fields)),
        service_tier=parse_tier(fields),
        extras=own_extras(rest_of(fields, wire.RESPONSE_FIELDS)),
    )


def _read_blocks(message: Fields) -> list[list[Part]]:
    return read_each(read_required(message, "content", list), "content", parse_block)


def own_extras(fields: Fields | None) -> Extras | None:
    """Fields under our name; None where there are none."""
    return {wire.NAME: fields} if fields else None


# -- blocks ----------------------------------------------------------------------------------------------------------


def parse_block(block: Fields) -> list[Part]:
    """One content block, which is one part; text with citations may be several."""
    for name, parse in _BLOCKS.items():
        if name in block:
            return parse(block)
    return [parse_opaque(block)]


def parse_opaque(block: Fields) -> Opaque:
    """A block that only this dialect understands."""
    return Opaque(wire.NAME, next(iter(block), ""), block)


def _parse_text(block: Fields) -> list[Part]:
    return [Text(read_required(block, "text", str))]


def _parse_call(block: Fields) -> list[Part]:
    call = read_required(block, "toolUse", dict)
    if "type" in call:
        return [parse_opaque(block)]  # one that the provider itself runs
    arguments = call.get("input")
    return [
        ToolCall(
            read_required(call, "toolUseId", str),
            read_required(call, "name", str),
            "{}" if arguments is None else encode_json(arguments).decode(),
            extras=own_extras(rest_of(call, _CALL_FIELDS)),
        )
    ]


def _parse_reasoning(block: Fields) -> list[Part]:
    content = read_required(block, "reasoningContent", dict)
    redacted = read_optional(content, "redactedContent", str)
    if redacted is not None:
        return [Reasoning(redacted=redacted, extras=wire.MINTED)]
    told = read_required(content, "reasoningText", dict)
    signature = read_optional(told, "signature", str)
    text = read_optional(told, "text", str) or ""
    return [Reasoning(text, signature=signature, extras=wire.MINTED if signature else None)]


def _parse_cited(block: Fields) -> list[Part]:
    content = read_required(block, "citationsContent", dict)
    texts = read_each(read_optional(content, "content", list) or [], "content", _read_text)
    citations = read_each(read_optional(content, "citations", list) or [], "citations", parse_citation)
    return [Text("".join(texts), citations=citations or None)]


def _read_text(fields: Fields) -> str:
    return read_optional(fields, "text", str) or ""


def _parse_image(block: Fields) -> list[Part]:
    image = parse_image(read_required(block, "image", dict))
    return [parse_opaque(block) if image is None else image]


def parse_image(fields: Fields) -> Image | None:
    """An image that came inline; None for one that lies elsewhere or could not be drawn."""
    source = read_optional(fields, "source", dict) or {}
    data = read_optional(source, "bytes", str)
    if data is None:
        return None
    word = read_optional(fields, "format", str) or ""
    return Image(InlineData(wire.MEDIA_TYPE_BY_IMAGE_FORMAT.get(word, f"image/{word}"), data))


_BLOCKS: dict[str, Callable[[Fields], list[Part]]] = {
    "text": _parse_text,
    "toolUse": _parse_call,
    "reasoningContent": _parse_reasoning,
    "citationsContent": _parse_cited,
    "image": _parse_image,
}


# -- citations -------------------------------------------------------------------------------------------------------

_LOCATIONS: dict[str, tuple[Any, str]] = {
    "documentChar": ("document_char", "documentIndex"),
    "documentPage": ("document_page", "documentIndex"),
    "documentChunk": ("document_block", "documentIndex"),
    "searchResultLocation": ("search_result", "searchResultIndex"),
}


def parse_citation(fields: Fields) -> Citation:
    """A citation. Its offsets count in the cited document, except for one of the web, which has none."""
    title = read_optional(fields, "title", str)
    source = read_optional(fields, "source", str)
    quoted = read_each(read_optional(fields, "sourceContent", list) or [], "sourceContent", _read_text)
    cited_text = "".join(quoted) or None
    location = read_optional(fields, "location", dict) or {}
    for name, (kind, index) in _LOCATIONS.items():
        if name in location:
            place = read_required(location, name, dict)
            return Citation(
                kind,
                url=source,
                title=title,
                cited_text=cited_text,
                document_index=read_optional(place, index, int),
                start=read_optional(place, "start", int),
                end=read_optional(place, "end", int),
            )
    web = read_optional(location, "web", dict)
    if web is not None:
        return Citation("url", url=read_optional(web, "url", str), title=title, cited_text=cited_text)
    return Citation("other", url=source, title=title, cited_text=cited_text, extras=own_extras(dict(location)))


# -- finish and usage ------------------------------------------------------------------------------------------------


def parse_finish(word: str, more: Fields | None) -> Finish:
    """Why it ended. `more` is what was asked of the model's own answer: which stop sequence was met, of Claude."""
    rest = dict(more or {})
    sequence = rest.pop("stop_sequence", None)
    known = sequence if type(sequence) is str else None
    return Finish(wire.FINISH_BY_WIRE.get(word, "other"), known, word, own_extras(rest))


def parse_usage(reported: Fields) -> Usage:
    """Tokens in classes that never overlap; a count that is missing or makes no sense is 0."""
    details = reported.get("cacheDetails")
    one_hour = sum(
        _count(detail, "inputTokens")
        for detail in (details if type(details) is list else ())
        if type(detail) is dict and detail.get("ttl") == "1h"
    )
    return Usage(
        input=_count(reported, "inputTokens"),
        cache_read=_count(reported, "cacheReadInputTokens"),
        cache_write_5m=max(0, _count(reported, "cacheWriteInputTokens") - one_hour),
        cache_write_1h=one_hour,
        output=_count(reported, "outputTokens"),
        reported=reported,
    )


def _count(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return value if type(value) is int and value > 0 else 0


def parse_tier(fields: Fields) -> str | None:
    """The service tier that was used."""
    tier = fields.get("serviceTier")
    word = tier.get("type") if type(tier) is dict else None
    return word if type(word) is str else None


# -- a glance, for the meter -----------------------------------------------------------------------------------------


class _Glanced(msgspec.Struct):
    output: msgspec.Raw
    word: str = msgspec.field(name="stopReason")
    usage: dict[str, Any] | None = None
    tier: dict[str, Any] | None = msgspec.field(name="serviceTier", default=None)


_glance = msgspec.json.Decoder(_Glanced).decode


def read_glance(body: bytes) -> Glance:
    """Usage and finish, nothing else."""
    try:
        check_utf8(body)
        glanced = _glance(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise malformed_upstream("The provider's answer is no answer of Converse.") from None
    tier = glanced.tier.get("type") if glanced.tier is not None else None
    usage = None if glanced.usage is None else note_tier(parse_usage(glanced.usage), tier)
    return Glance(usage, parse_finish(glanced.word, None))


def parse_token_count(body: bytes) -> int:
    """How many tokens a request would have."""
    try:
        return read_required(decode_object(body), "inputTokens", int)
    except DragomanError as error:
        raise blame_upstream(error) from None

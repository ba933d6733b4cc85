"""Text, citations and refusals to blocks, in requests and in answers."""

from __future__ import annotations

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.emission import Emission, read_own
from dragoman.model.content import Citation, Refusal, Text
from dragoman.wire.json_read import Fields


def emit_text(part: Text, emission: Emission) -> Fields | None:
    """A text block of a request; citations go back only if they are whole in Anthropic's terms."""
    return _emit_text(part, emission, is_request=True)


def emit_answer_text(part: Text, emission: Emission) -> Fields | None:
    """A text block of an answer."""
    return _emit_text(part, emission, is_request=False)


def _emit_text(part: Text, emission: Emission, is_request: bool) -> Fields | None:
    if is_request and is_blank(part.text):
        emission.lose("dropped", "", "text blocks must hold more than white space")
        return None
    block: Fields = {"type": "text", "text": part.text}
    if part.citations is not None:
        _emit_citations(block, part.citations, emission, is_request)
    if part.signature is not None:
        emission.lose("stripped_token", "signature")
    if part.cache is not None or part.extras is not None:
        emission.decorate(block, part)
    return block


def _emit_citations(block: Fields, citations: list[Citation], emission: Emission, is_request: bool) -> None:
    emitted: list[Fields] = []
    for index, citation in enumerate(citations):
        fields = emit_citation(citation)
        if fields is None or (is_request and not _is_whole(fields)):
            emission.lose("dropped", f"citations[{index}]", "not one of Anthropic's own")
            continue
        emitted.append(fields)
        mark = len(emission.losses)
        lose_rest(citation, emission)
        emission.under(mark, f"citations[{index}]")
    if emitted or not citations:
        block["citations"] = emitted


def emit_citation(citation: Citation) -> Fields | None:
    """A citation's wire form; None for a kind that the wire format does not have."""
    own = read_own(citation.extras)
    if citation.kind == "other":
        return own or None
    row = wire.CITATION_BY_KIND[citation.kind]
    values = (
        (row.url, citation.url),
        (row.title, citation.title),
        (row.index, citation.document_index),
        (row.start, citation.start),
        (row.end, citation.end),
    )
    fields: Fields = {"type": row.wire, "cited_text": citation.cited_text or ""}
    fields.update({name: value for name, value in values if name})
    if citation.kind == "url":
        fields["encrypted_index"] = ""
    fields.update(own)
    return fields


def lose_rest(citation: Citation, emission: Emission) -> None:
    """What the wire form does not tell: a source on the web is cited by the whole block, without offsets."""
    if citation.kind != "other":
        row = wire.CITATION_BY_KIND[citation.kind]
        for path, name, value in (("start", row.start, citation.start), ("end", row.end, citation.end)):
            if not name and value is not None:
                emission.lose("dropped", path, "the citation stands for the whole text")
    if citation.extras is not None:
        emission.spill({}, citation.extras)


def _is_whole(fields: Fields) -> bool:
    """Whether the API could take it back: no field but a title may be missing."""
    return all(value not in (None, "") or name in wire.NULLABLE_IN_CITATION for name, value in fields.items())


def emit_refusal(part: Refusal, emission: Emission) -> Fields | None:
    """The model's own words of refusal, as text: there is no channel for them."""
    emission.lose("approximated", "", "a refusal is said as text")
    return {"type": "text", "text": part.text} if part.text else None


def is_blank(text: str) -> bool:
    """Whether the API would refuse a text block that says this."""
    return not text or text.isspace()


def is_bare(part: Text) -> bool:
    """Whether a bare string says all of it."""
    return part.citations is None and part.signature is None and part.cache is None and part.extras is None

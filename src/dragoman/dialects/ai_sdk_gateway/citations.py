"""Citations: a source each, which both versions have, and in version 4 a reference beside the text that it supports.

Offsets of a web page's citation count in the answer's text and have their fields in version 4; those of a document
count in the document, for which the wire format has no field, so they are told as metadata.
"""

from __future__ import annotations

from dragoman.dialects.ai_sdk_gateway.wire import METADATA
from dragoman.model.content import Citation
from dragoman.wire.json_read import Fields


def emit_source(citation: Citation, id: str) -> Fields:
    """The source that a citation names."""
    source: Fields
    if citation.url is not None:
        source = {"type": "source", "sourceType": "url", "id": id, "url": citation.url}
        if citation.title is not None:
            source["title"] = citation.title
    else:
        media_type = "application/pdf" if citation.kind == "document_page" else "text/plain"
        title = citation.title or "Document"
        source = {"type": "source", "sourceType": "document", "id": id, "mediaType": media_type, "title": title}
    told = {
        "citedText": citation.cited_text,
        "documentIndex": citation.document_index,
        "start": citation.start,
        "end": citation.end,
    }
    told = {name: value for name, value in told.items() if value is not None}
    if told:
        source["providerMetadata"] = {METADATA: told}
    return source


def emit_citation(citation: Citation, source: Fields) -> Fields:
    """The reference beside the text."""
    emitted: Fields = {"source": source}
    if citation.url is not None and citation.start is not None and citation.end is not None:
        emitted |= {"startIndex": citation.start, "endIndex": citation.end}
    if citation.cited_text:
        emitted["citedText"] = citation.cited_text
    return emitted

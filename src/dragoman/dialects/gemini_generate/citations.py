"""Grounding and citation metadata ⇄ citations on the text that they support.

Gemini lists the sources once and the supported segments beside them, with offsets in bytes of UTF-8 within one part;
the model hangs each citation on its text, with offsets in characters.
Spec: https://ai.google.dev/api/generate-content#GroundingMetadata
"""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.gemini_generate.marks import Fields, report_foreign_extras
from dragoman.model.content import Citation, Part, Text
from dragoman.model.loss import Loss


def add_citations(parts: list[Part], candidate: Fields) -> None:
    """Hang the citations of a candidate on its text parts. What makes no sense is left to the metadata itself."""
    found: dict[int, list[Citation]] = {}
    for index, citation in _parse_supports(candidate, parts):
        found.setdefault(index, []).append(citation)
    for index, citations in found.items():
        parts[index] = msgspec.structs.replace(parts[index], citations=citations)


def parse_citations(candidate: Fields, text: str) -> list[Citation]:
    """The citations of one text that is known to be the only one."""
    return [citation for _, citation in _parse_supports(candidate, [Text(text)])]


def _parse_supports(candidate: Fields, parts: list[Part]) -> list[tuple[int, Citation]]:
    found: list[tuple[int, Citation]] = []
    for source in _list_sources(candidate.get("citationMetadata")):
        index = _find_part(source, parts)
        if index is not None:
            found.append((index, _parse_citation({"source": source}, source, parts[index])))
    metadata = candidate.get("groundingMetadata")
    chunks = _list(metadata, "groundingChunks")
    for support in _list(metadata, "groundingSupports"):
        segment = support.get("segment") if type(support) is dict else None
        if type(segment) is not dict:
            continue
        index = _find_part(segment, parts)
        if index is not None:
            numbers = [number for number in _list(support, "groundingChunkIndices") if _is_index(number, chunks)]
            found += [(index, _parse_citation(chunks[number], segment, parts[index])) for number in numbers]
    return found


def _list_sources(metadata: Any) -> list[Fields]:
    """What the model recited, with its sources; Vertex has another name for the list."""
    given = _list(metadata, "citationSources") or _list(metadata, "citations")
    return [source for source in given if type(source) is dict]


def _find_part(segment: Fields, parts: list[Part]) -> int | None:
    """The part that the segment names, if that holds the segment's text; else the first text that does."""
    named = segment.get("partIndex", 0)
    quoted = segment.get("text")
    candidates = [index for index, part in enumerate(parts) if type(part) is Text]
    if type(quoted) is str:
        candidates = [index for index in candidates if quoted in parts[index].text]  # type: ignore[union-attr]
    return named if named in candidates else next(iter(candidates), None)


def _parse_citation(chunk: Any, segment: Fields, part: Part) -> Citation:
    """A chunk is a web page, a place on a map or a piece of a stored document; all have a title, most an address."""
    source = next((value for value in chunk.values() if type(value) is dict), {}) if type(chunk) is dict else {}
    url = _text(source, "uri") or _text(source, "sourceUri")
    text = part.text if type(part) is Text else ""
    return Citation(
        "url" if url else "other",
        url=url,
        title=_text(source, "title"),
        cited_text=_text(segment, "text"),
        start=_to_characters(text, segment.get("startIndex", 0)),
        end=_to_characters(text, segment.get("endIndex")),
    )


def emit_grounding(texts: list[tuple[int, str, Text]], losses: list[Loss]) -> Fields | None:
    """Grounding metadata for the texts of a candidate, each with its place among the parts that go out and the path
    that it had; None without citations."""
    chunks: dict[tuple[str, str | None], int] = {}
    supports: list[Fields] = []
    for index, path, text in texts:
        for number, citation in enumerate(text.citations or ()):
            if citation.url is None:
                detail = "a citation without an address has no place here"
                losses.append(Loss("dropped", f"{path}.citations[{number}]", detail))
                continue
            _lose_rest(citation, text.text, f"{path}.citations[{number}]", losses)
            chunk = chunks.setdefault((citation.url, citation.title), len(chunks))
            supports.append({"segment": _emit_segment(index, text.text, citation), "groundingChunkIndices": [chunk]})
    if not supports:
        return None
    return {
        "groundingChunks": [
            {"web": {"uri": url, "title": title} if title is not None else {"uri": url}} for url, title in chunks
        ],
        "groundingSupports": supports,
    }


def _lose_rest(citation: Citation, text: str, path: str, losses: list[Loss]) -> None:
    """What a chunk of the web does not tell of the source. Here only the answer is quoted, elsewhere also the source."""
    if citation.cited_text is not None and citation.cited_text not in text:
        losses.append(Loss("dropped", f"{path}.cited_text", "a source is not quoted"))
    if citation.kind != "url":
        losses.append(Loss("approximated", path, f"a {citation.kind} citation is told as a page of the web"))
    report_foreign_extras(citation.extras, path, losses)


def _emit_segment(index: int, text: str, citation: Citation) -> Fields:
    segment: Fields = {"partIndex": index} if index else {}
    if citation.start:
        segment["startIndex"] = _to_bytes(text, citation.start)
    if citation.end is not None:
        segment["endIndex"] = _to_bytes(text, citation.end)
    quoted = citation.cited_text
    if quoted is None or quoted not in text:
        quoted = text[citation.start or 0 : citation.end]  # without offsets it is all of it
    segment["text"] = quoted
    return segment


def _to_characters(text: str, offset: Any) -> int | None:
    if type(offset) is not int or offset < 0:
        return None
    return offset if text.isascii() else len(text.encode(errors="replace")[:offset].decode(errors="ignore"))


def _to_bytes(text: str, offset: int) -> int:
    return offset if text.isascii() else len(text[:offset].encode(errors="replace"))


def _is_index(number: Any, values: list[Any]) -> bool:
    return type(number) is int and 0 <= number < len(values)


def _list(fields: Any, name: str) -> list[Any]:
    value = fields.get(name) if type(fields) is dict else None
    return value if type(value) is list else []


def _text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return value if type(value) is str else None

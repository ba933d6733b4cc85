"""Citations and their sources, with offsets in bytes there and in characters here."""

from __future__ import annotations

from dragoman.dialects.gemini_generate.citations import add_citations, emit_grounding, parse_citations
from dragoman.model.content import Citation, Part, Text
from dragoman.model.loss import Loss
from tests.unit.dialects.gemini_generate.samples import Fields, codes

TEXT = "Das weiß jeder. Blau."


def grounding(chunk: Fields, **segment: object) -> Fields:
    supports = [{"segment": segment, "groundingChunkIndices": [0]}]
    return {"groundingMetadata": {"groundingChunks": [chunk], "groundingSupports": supports}}


def test_offsets_in_bytes_become_offsets_in_characters_and_back() -> None:
    metadata = grounding({"web": {"uri": "https://a.example", "title": "A"}}, startIndex=17, endIndex=22, text="Blau.")
    (citation,) = parse_citations(metadata, TEXT)
    assert citation == Citation("url", "https://a.example", "A", "Blau.", start=16, end=21)
    assert emit_grounding([(0, "", Text(TEXT, [citation]))], []) == metadata["groundingMetadata"]


def test_a_citation_hangs_on_the_text_that_holds_its_words() -> None:
    parts: list[Part] = [Text("Hm."), Text(TEXT)]
    add_citations(parts, grounding({"web": {"uri": "https://a.example"}}, endIndex=5, text="Blau."))
    assert [bool(part.citations) for part in parts if isinstance(part, Text)] == [False, True]
    add_citations(parts, grounding({"web": {"uri": "https://a.example"}}, partIndex=0, text="Nowhere."))
    assert not parts[0].citations  # type: ignore[union-attr]


def test_a_source_without_an_address_is_of_another_kind() -> None:
    (citation,) = parse_citations(grounding({"retrievedContext": {"title": "Notes", "text": "…"}}, text="Blau."), TEXT)
    assert (citation.kind, citation.url, citation.title) == ("other", None, "Notes")
    losses: list[Loss] = []
    assert emit_grounding([(0, "candidates[0].parts[2]", Text(TEXT, [citation]))], losses) is None
    assert codes(losses) == [("dropped", "candidates[0].parts[2].citations[0]")]


def test_recited_sources_are_citations_too() -> None:
    source = {"startIndex": 4, "endIndex": 9, "uri": "https://a.example", "license": "CC"}
    for name in ("citationSources", "citations"):
        (citation,) = parse_citations({"citationMetadata": {name: [source]}}, TEXT)
        assert (citation.url, citation.start, citation.end) == ("https://a.example", 4, 8)


def test_the_same_source_is_listed_once() -> None:
    citations = [
        Citation("url", "https://a.example", start=0, end=3),
        Citation("url", "https://a.example", start=4, end=8),
    ]
    metadata = emit_grounding([(1, "", Text(TEXT, citations))], [])
    assert metadata == {
        "groundingChunks": [{"web": {"uri": "https://a.example"}}],
        "groundingSupports": [
            {"segment": {"partIndex": 1, "endIndex": 3, "text": "Das"}, "groundingChunkIndices": [0]},
            {
                "segment": {"partIndex": 1, "startIndex": 4, "endIndex": 9, "text": "weiß"},
                "groundingChunkIndices": [0],
            },
        ],
    }


def test_metadata_that_makes_no_sense_gives_no_citations() -> None:
    for metadata in (
        {"groundingMetadata": 1},
        {"groundingMetadata": {"groundingChunks": [1], "groundingSupports": [1, {"segment": 1}]}},
        {"groundingMetadata": {"groundingSupports": [{"segment": {}, "groundingChunkIndices": [7, True, "x"]}]}},
    ):
        assert parse_citations(metadata, TEXT) == []


def test_only_the_answer_is_quoted_and_a_quoted_source_is_a_loss() -> None:
    losses: list[Loss] = []
    citation = Citation("url", "https://a.example", "A", "The sky has the colour blue.")
    metadata = emit_grounding([(0, "candidates[0].parts[3]", Text(TEXT, [citation]))], losses)
    assert metadata is not None
    assert metadata["groundingSupports"][0]["segment"] == {"text": TEXT}
    assert codes(losses) == [("dropped", "candidates[0].parts[3].citations[0].cited_text")]
    (again,) = parse_citations({"groundingMetadata": metadata}, TEXT)
    assert (again.url, again.cited_text) == ("https://a.example", TEXT)

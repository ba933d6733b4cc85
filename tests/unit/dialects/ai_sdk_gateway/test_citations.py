"""Citations as sources, and as references beside the text."""

from __future__ import annotations

from dragoman.dialects.ai_sdk_gateway.citations import emit_citation, emit_source
from dragoman.model.content import Citation

PAGE = Citation("url", url="https://x/y", title="X", cited_text="So.", start=1, end=4)
DOCUMENT = Citation("document_page", title="Report", document_index=2, start=3, end=4)


def test_a_web_page_is_a_source_with_a_url() -> None:
    source = emit_source(PAGE, "source-0")
    assert (source["sourceType"], source["url"], source["title"]) == ("url", "https://x/y", "X")
    assert emit_citation(PAGE, source) == {"source": source, "startIndex": 1, "endIndex": 4, "citedText": "So."}


def test_a_document_s_offsets_are_not_told_as_those_of_the_text() -> None:
    source = emit_source(DOCUMENT, "source-1")
    assert source == {
        "type": "source",
        "sourceType": "document",
        "id": "source-1",
        "mediaType": "application/pdf",
        "title": "Report",
        "providerMetadata": {"dragoman": {"documentIndex": 2, "start": 3, "end": 4}},
    }
    assert emit_citation(DOCUMENT, source) == {"source": source}


def test_what_is_not_known_is_left_out() -> None:
    assert "title" not in emit_source(Citation("url", url="https://x/y"), "s")
    assert "providerMetadata" not in emit_source(Citation("url", url="https://x/y"), "s")
    assert emit_source(Citation("other"), "s")["title"] == "Document"

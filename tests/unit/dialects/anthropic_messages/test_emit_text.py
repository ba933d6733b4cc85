"""Text, citations and refusals."""

from __future__ import annotations

import pytest

from dragoman.dialects.anthropic_messages.emission import Emission
from dragoman.dialects.anthropic_messages.emit_text import (
    emit_answer_text,
    emit_citation,
    emit_refusal,
    emit_text,
    is_bare,
)
from dragoman.model.content import CacheBreakpoint, Citation, Refusal, Text
from dragoman.model.loss import Loss

WEB = Citation("url", url="https://example.com", title="T", cited_text="c")
OWN_WEB = Citation(
    "url", url="https://example.com", cited_text="c", extras={"anthropic_messages": {"encrypted_index": "E"}}
)
PAGE = Citation("document_page", cited_text="c", document_index=0, start=1, end=2)


@pytest.mark.parametrize("text", ["", " \n"])
def test_text_without_a_word_is_left_out_of_a_request(text: str) -> None:
    emission = Emission([])
    assert emit_text(Text(text), emission) is None
    assert [loss.code for loss in emission.losses] == ["dropped"]


def test_empty_text_stays_in_an_answer() -> None:
    assert emit_answer_text(Text(""), Emission([])) == {"type": "text", "text": ""}


def test_the_signature_of_another_provider_is_stripped() -> None:
    emission = Emission([])
    assert emit_text(Text("a", signature="s"), emission) == {"type": "text", "text": "a"}
    assert emission.losses == [Loss("stripped_token", "signature")]


def test_a_request_takes_only_citations_that_are_whole() -> None:
    emission = Emission([])
    block = emit_text(Text("a", citations=[WEB, OWN_WEB, PAGE]), emission)
    assert block is not None
    assert [citation["type"] for citation in block["citations"]] == ["web_search_result_location", "page_location"]
    assert [loss.path for loss in emission.losses] == ["citations[0]"]


def test_no_citation_left_means_no_field() -> None:
    assert emit_text(Text("a", citations=[WEB]), Emission([])) == {"type": "text", "text": "a"}
    assert emit_text(Text("a", citations=[]), Emission([])) == {"type": "text", "text": "a", "citations": []}


def test_an_answer_shows_any_citation_with_all_fields_that_clients_demand() -> None:
    block = emit_answer_text(Text("a", citations=[WEB]), Emission([]))
    assert block is not None
    assert block["citations"] == [
        {
            "type": "web_search_result_location",
            "cited_text": "c",
            "url": "https://example.com",
            "title": "T",
            "encrypted_index": "",
        }
    ]


@pytest.mark.parametrize("kind", ["document_char", "document_page", "document_block", "search_result"])
def test_each_kind_of_citation_has_its_type(kind: str) -> None:
    fields = emit_citation(Citation(kind, cited_text="c", start=1, end=2))  # type: ignore[arg-type]
    assert fields is not None
    assert fields["type"].endswith("_location")


def test_a_citation_of_no_known_kind_is_dropped_unless_it_is_ours() -> None:
    assert emit_citation(Citation("other")) is None
    own = {"type": "new_location", "cited_text": "c"}
    assert emit_citation(Citation("other", extras={"anthropic_messages": own})) == own


def test_a_refusal_is_said_as_text() -> None:
    emission = Emission([])
    assert emit_refusal(Refusal("No."), emission) == {"type": "text", "text": "No."}
    assert emit_refusal(Refusal(""), emission) is None
    assert [loss.code for loss in emission.losses] == ["approximated", "approximated"]


def test_bare_text_carries_nothing_but_itself() -> None:
    assert is_bare(Text("a"))
    assert not is_bare(Text("a", cache=CacheBreakpoint()))
    assert not is_bare(Text("a", citations=[]))

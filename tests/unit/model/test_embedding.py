"""A wish for vectors is a request like any other."""

from __future__ import annotations

from dragoman.model.content import Text
from dragoman.model.embedding import EmbeddingRequest, ask_for_vectors


def test_it_stays_what_it_is_when_it_is_addressed_to_another_model() -> None:
    request = ask_for_vectors("a", ["one", "two"], dimensions=8, purpose="CLUSTERING", title="t").for_model("b")
    assert isinstance(request, EmbeddingRequest)
    assert (request.model, request.texts, request.dimensions, request.purpose) == ("b", ["one", "two"], 8, "CLUSTERING")


def test_its_texts_are_turns_by_which_it_is_measured() -> None:
    turns = ask_for_vectors("a", ["one", "two"]).turns
    assert [(turn.role, turn.parts) for turn in turns] == [("user", [Text("one")]), ("user", [Text("two")])]

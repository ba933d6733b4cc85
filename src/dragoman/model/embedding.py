"""Texts as vectors: what is asked and what is answered, for dialects that meet in it.

Invariant: both are a request and an answer like any other, so that they go the same way through the house; the texts are
also turns of the user, by which they are measured.
"""

from __future__ import annotations

import msgspec

from dragoman.model.content import Text
from dragoman.model.request import Request, Turn
from dragoman.model.response import Response


class EmbeddingRequest(Request, frozen=True):
    """Texts to be embedded. `purpose` is Google's word for what the vectors are for (RETRIEVAL_QUERY, …)."""

    texts: list[str] = msgspec.field(default_factory=list)
    dimensions: int | None = None
    purpose: str | None = None
    title: str | None = None


class EmbeddingResponse(Response, frozen=True):
    """One vector for each text, in the same order."""

    vectors: list[list[float]] = msgspec.field(default_factory=list)


def ask_for_vectors(
    model: str, texts: list[str], *, dimensions: int | None = None, purpose: str | None = None, title: str | None = None
) -> EmbeddingRequest:
    """The request for these texts."""
    turns = [Turn("user", [Text(text)]) for text in texts]
    return EmbeddingRequest(model, turns, texts=texts, dimensions=dimensions, purpose=purpose, title=title)

"""The request's one verb."""

from __future__ import annotations

from dragoman.model.content import Text
from dragoman.model.request import Request, Turn


def test_a_request_can_be_addressed_to_another_model_without_changing_the_first() -> None:
    request = Request("a", [Turn("user", [Text("Hi")])], stop=["x"])
    moved = request.for_model("b")
    assert moved.model == "b"
    assert request.model == "a"
    assert (moved.turns, moved.stop) == (request.turns, request.stop)

"""A wish for a picture is a request like any other."""

from __future__ import annotations

from dragoman.model.content import Text
from dragoman.model.image import ImageRequest, ask_for_images


def test_it_stays_what_it_is_when_it_is_addressed_to_another_model() -> None:
    request = ask_for_images("a", "a cat").for_model("b")
    assert isinstance(request, ImageRequest)
    assert (request.model, request.prompt) == ("b", "a cat")


def test_its_prompt_is_a_turn_by_which_it_is_measured() -> None:
    assert [turn.parts for turn in ask_for_images("a", "a cat").turns] == [[Text("a cat")]]

"""Arguments that come in pieces."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.gemini_generate.partial_args import PartialArguments
from dragoman.errors import DragomanError


def gather(*pieces: dict[str, Any]) -> str:
    arguments = PartialArguments()
    for piece in pieces:
        arguments.add([piece])
    return arguments.text()


def test_text_that_goes_on_is_put_together() -> None:
    assert (
        gather({"jsonPath": "$.a", "stringValue": "Pa"}, {"jsonPath": "$.a", "stringValue": "ris"}) == '{"a":"Paris"}'
    )


def test_paths_lead_through_objects_and_lists() -> None:
    assert (
        gather(
            {"jsonPath": "$.stops[0].name", "stringValue": "A"},
            {"jsonPath": "$.stops[1].name", "stringValue": "B"},
            {"jsonPath": "$.stops[0]['the day']", "numberValue": 3.0},
            {"jsonPath": '$["x"]', "boolValue": False},
            {"jsonPath": "$.none", "nullValue": "NULL_VALUE"},
        )
        == '{"stops":[{"name":"A","the day":3},{"name":"B"}],"x":false,"none":null}'
    )


def test_a_later_value_replaces_one_that_is_no_text() -> None:
    assert gather({"jsonPath": "$.a", "numberValue": 1.5}, {"jsonPath": "$.a", "numberValue": 2.5}) == '{"a":2.5}'


def test_whole_arguments_stand_beside_the_pieces() -> None:
    arguments = PartialArguments()
    arguments.merge({"a": 1})
    arguments.add(None)
    assert arguments.text() == '{"a":1}'


@pytest.mark.parametrize(
    "piece",
    [
        {"jsonPath": "$"},
        {"jsonPath": "a.b"},
        {"jsonPath": "$.a[9]"},
        {"jsonPath": "$.a" + ".b" * 200},
        {"jsonPath": "$..a"},
        {"stringValue": "x"},
        1,
    ],
)
def test_an_impossible_place_is_an_error_of_the_provider(piece: Any) -> None:
    with pytest.raises(DragomanError) as caught:
        gather(piece)
    assert (caught.value.blame, caught.value.phase) == ("upstream", "stream")


def test_a_path_through_a_value_is_impossible() -> None:
    with pytest.raises(DragomanError):
        gather({"jsonPath": "$.a", "stringValue": "x"}, {"jsonPath": "$.a.b", "stringValue": "y"})

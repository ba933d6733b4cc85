"""The three shapes in which operations beside chat tell their usage."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.operations_usage import find_finish, read_usage


@pytest.mark.parametrize(
    ("reported", "numbers"),
    [
        ({"prompt_tokens": 5, "total_tokens": 5}, (5, 0, 0, 0)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}, (5, 0, 2, 0)),
        (
            {"input_tokens": 9, "output_tokens": 100, "input_tokens_details": {"text_tokens": 4, "image_tokens": 5}},
            (4, 5, 0, 100),
        ),
        ({"input_tokens": 3, "input_tokens_details": {"image_tokens": 50}}, (0, 3, 0, 0)),
        ({"input_tokens": -3, "output_tokens": "x"}, (0, 0, 0, 0)),
        ({"total_tokens": 11}, (11, 0, 0, 0)),
    ],
)
def test_each_shape_is_read(reported: Any, numbers: tuple[int, ...]) -> None:
    usage = read_usage(reported)
    assert usage is not None
    assert (usage.input, usage.input_image, usage.output, usage.output_image) == numbers
    assert usage.reported == reported


@pytest.mark.parametrize("reported", [None, [], "5", {}, {"characters": 5}])
def test_what_tells_nothing_is_nothing(reported: Any) -> None:
    assert read_usage(reported) is None


@pytest.mark.parametrize("fields", [{}, {"choices": []}, {"choices": [3]}, {"choices": [{"finish_reason": None}]}])
def test_a_choice_that_has_not_ended_has_no_finish(fields: Any) -> None:
    assert find_finish(fields) is None


def test_the_first_choice_tells_the_finish() -> None:
    finish = find_finish({"choices": [{"finish_reason": "stop"}, {"finish_reason": "length"}]})
    assert finish is not None
    assert finish.reason == "stop"

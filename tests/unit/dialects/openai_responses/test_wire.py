"""The tables agree with each other and with the model."""

from __future__ import annotations

from typing import get_args

from dragoman.dialects.openai_responses import wire
from dragoman.dialects.openai_responses.parse_request import RequestReader
from dragoman.model.response import FinishReason


def test_every_finish_reason_has_an_ending() -> None:
    assert wire.ENDING_BY_FINISH.keys() == set(get_args(FinishReason))


def test_what_a_status_or_reason_means_is_said_with_the_same_words_again() -> None:
    for word, reason in wire.FINISH_BY_INCOMPLETE.items():
        status, _ = wire.ENDING_BY_FINISH[reason]
        assert status == "incomplete", word
    assert wire.ENDING_BY_FINISH[wire.FINISH_BY_STATUS["completed"]] == ("completed", None)
    for exact in ("max_output_tokens", "content_filter"):
        assert wire.ENDING_BY_FINISH[wire.FINISH_BY_INCOMPLETE[exact]] == ("incomplete", exact)


def test_a_count_takes_only_fields_that_a_request_has() -> None:
    assert RequestReader.READERS.keys() | {"truncation"} >= wire.COUNT_FIELDS


def test_what_the_caller_answers_is_not_what_the_model_asks() -> None:
    assert not wire.RESULT_ITEMS & wire.CLIENT_CALLS
    assert not wire.SETTING_ITEMS & (wire.RESULT_ITEMS | wire.CLIENT_CALLS)

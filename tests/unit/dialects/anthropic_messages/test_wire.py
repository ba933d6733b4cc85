"""The tables of words: each direction agrees with the other."""

from __future__ import annotations

from typing import get_args

from dragoman.dialects.anthropic_messages import wire
from dragoman.model.response import FinishReason


def test_every_finish_reason_has_a_word() -> None:
    assert wire.WIRE_BY_FINISH.keys() == set(get_args(FinishReason))


def test_a_word_for_a_finish_is_read_as_the_reason_it_was_written_for() -> None:
    for reason in wire.EXACT_FINISHES:
        assert wire.FINISH_BY_WIRE[wire.WIRE_BY_FINISH[reason]] == reason


def test_a_choice_is_written_with_the_word_it_was_read_by() -> None:
    for mode, word in wire.WIRE_BY_CHOICE.items():
        assert wire.CHOICE_BY_WIRE[word] == mode


def test_a_citation_row_names_each_of_its_fields_once() -> None:
    for row in wire.CITATIONS.values():
        named = [name for name in (row.url, row.title, row.index, row.start, row.end) if name]
        assert len(set(named)) == len(named)
        assert row.known >= {*named, "type", "cited_text"}

"""What counts as a loss, and what may stay behind in silence."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from dragoman.dialects.registry import DIALECTS
from dragoman.model.loss import LOSS_WORDS, SILENT, LossCode, list_foreign_fields
from tests.matrix.crossing import NAMES, list_vectors


def test_every_code_has_a_sentence_of_its_own() -> None:
    assert set(LOSS_WORDS) == set(get_args(LossCode))
    assert len(set(LOSS_WORDS.values())) == len(LOSS_WORDS)
    assert all(words[0].isupper() and words.endswith(".") for words in LOSS_WORDS.values())


def test_fields_of_other_dialects_are_named_and_notes_of_parsers_are_not() -> None:
    extras: dict[str, dict[str, Any]] = {
        "openai_chat": {"citations": [], "_form": {}, "minted": True},
        "gemini_generate": {"promptFeedback": {}},
        "own": {"anything": 1},
    }
    assert list(list_foreign_fields(extras, "own")) == ["openai_chat.citations", "gemini_generate.promptFeedback"]


@pytest.mark.parametrize("dialect", list(SILENT))
def test_a_silent_field_is_silent_in_its_own_dialect_only_and_has_a_reason(dialect: str) -> None:
    assert dialect in DIALECTS
    assert all(SILENT[dialect].values())
    fields = dict.fromkeys(SILENT[dialect], 1)
    assert list(list_foreign_fields({dialect: fields}, "own")) == []
    assert len(list(list_foreign_fields({"another": fields}, "own"))) == len(fields)


@pytest.mark.parametrize("dialect", NAMES)
def test_no_request_has_a_field_that_would_stay_behind_in_silence(dialect: str) -> None:
    for vector in list_vectors(dialect, "request"):
        assert vector.request is not None
        names = set(json.loads(vector.request))
        assert not names & set(SILENT.get(dialect, ())), vector.name

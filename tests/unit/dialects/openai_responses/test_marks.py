"""Bookkeeping in extras: found again, and never mistaken for a loss."""

from __future__ import annotations

from dragoman.dialects.openai_responses.marks import (
    find_minter,
    is_ours,
    item_fields,
    own_extras,
    plain_fields,
    read_marks,
    report_foreign_extras,
)
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.model.content import Extras
from dragoman.model.loss import Loss

MIXED: Extras = {NAME: {"_item": {}, "caller": 1, "minted": True}, "other": {"_form": 2, "minted": True, "logit": 3}}


def test_our_own_fields_are_read_and_only_those_of_the_wire_are_written() -> None:
    assert read_marks(MIXED)["caller"] == 1
    assert read_marks(None) == {}
    assert plain_fields(read_marks(MIXED)) == {"caller": 1}


def test_extras_without_fields_are_none() -> None:
    assert own_extras({}) is None
    assert own_extras({"a": 1}) == {NAME: {"a": 1}}
    assert is_ours(own_extras({"a": 1}))
    assert not is_ours({"other": {}})


def test_an_item_is_split_into_what_it_says_of_itself_and_what_has_no_word() -> None:
    item = {"type": "function_call", "id": "fc_1", "status": None, "name": "f", "caller": {"type": "direct"}}
    assert item_fields(item, frozenset({"type", "name"})) == {
        "_item": {"id": "fc_1", "status": None},
        "caller": {"type": "direct"},
    }
    assert item_fields({"type": "x"}, frozenset({"type"})) == {}


def test_the_minter_of_a_token_is_the_dialect_that_says_so() -> None:
    assert find_minter({NAME: {"_item": {}}, "other": {"minted": True}}) == "other"
    assert find_minter({"other": {"minted": "yes"}}) is None
    assert find_minter(None) is None


def test_only_fields_of_another_dialects_wire_are_losses() -> None:
    losses: list[Loss] = []
    report_foreign_extras(MIXED, "turns[0]", losses)
    report_foreign_extras(MIXED, "", losses)
    report_foreign_extras(None, "", losses)
    assert [loss.path for loss in losses] == ["turns[0].extras.other.logit", "extras.other.logit"]

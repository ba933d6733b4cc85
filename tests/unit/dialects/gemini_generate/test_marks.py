"""What belongs on the wire, what is bookkeeping, and what another dialect loses."""

from __future__ import annotations

from dragoman.dialects.gemini_generate import marks
from dragoman.dialects.gemini_generate.wire import NAME
from dragoman.model.content import Extras
from dragoman.model.loss import Loss


def test_bookkeeping_never_reaches_the_wire() -> None:
    extras = {NAME: {"_role": "function", "minted": True, "scheduling": "SILENT"}}
    target = {"name": "f"}
    marks.merge_fields(target, extras)
    assert target == {"name": "f", "scheduling": "SILENT"}


def test_an_object_meets_an_object_field_by_field() -> None:
    target = {"inlineData": {"data": "AA"}}
    marks.merge_fields(target, {NAME: {"inlineData": {"displayName": "x"}}})
    assert target == {"inlineData": {"data": "AA", "displayName": "x"}}


def test_only_fields_of_others_that_mean_something_are_losses() -> None:
    losses: list[Loss] = []
    extras: Extras = {"openai_chat": {"_name": 1, "minted": True, "logit": 2}, NAME: {"labels": {}}}
    marks.report_foreign_extras(extras, "turns[0]", losses)
    marks.report_foreign_extras({"openai_chat": {"prediction": 1}}, "", losses)
    assert [loss.path for loss in losses] == ["turns[0].extras.openai_chat.logit", "extras.openai_chat.prediction"]


def test_the_minter_is_told_from_the_mark() -> None:
    assert marks.is_minted_here(marks.minted_extras({"a": 1}))
    assert not marks.is_minted_elsewhere(marks.minted_extras(None))
    assert marks.is_minted_elsewhere({"anthropic_messages": {"minted": True}})
    assert not marks.is_minted_here({"anthropic_messages": {"minted": True}})
    assert marks.own_extras({}) is None

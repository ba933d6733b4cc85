"""Ids of tool calls in the alphabet that a target demands."""

from __future__ import annotations

import re

import pytest

from dragoman.dialects.openai_chat.call_ids import emit_call_id
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile

MISTRAL = Profile(tool_call_id="alphanumeric_9")
ANTHROPIC = Profile(tool_call_id="anthropic")


@pytest.mark.parametrize(
    ("profile", "identifier"), [(Profile(), "any/thing"), (MISTRAL, "abcDEF123"), (ANTHROPIC, "toolu_01-x")]
)
def test_a_good_id_stays(profile: Profile, identifier: str) -> None:
    losses: list[Loss] = []
    assert emit_call_id(identifier, Outlet(losses, profile), "x.id") == identifier
    assert losses == []


@pytest.mark.parametrize(("profile", "pattern"), [(MISTRAL, r"[a-zA-Z0-9]{9}"), (ANTHROPIC, r"[a-zA-Z0-9_-]{1,64}")])
def test_a_bad_id_becomes_the_same_good_one_every_time(profile: Profile, pattern: str) -> None:
    losses: list[Loss] = []
    outlet = Outlet(losses, profile)
    renamed = [emit_call_id(identifier, outlet, "x.id") for identifier in ("call 1", "call 2", "call 1", "ä" * 90)]
    assert all(re.fullmatch(pattern, identifier) for identifier in renamed)
    assert renamed[0] == renamed[2]
    assert len(set(renamed)) == 3
    assert losses[0] == Loss("renamed", "x.id")

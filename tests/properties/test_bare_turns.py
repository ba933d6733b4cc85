"""Turns that are a bare string take a short way in and out, which must lead to the same place as the long one.

Extras that hold nothing make a turn take the long way, and so does a field that is null.
"""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.anthropic_messages.emit_request import emit_body
from dragoman.dialects.openai_chat.emit_request import emit_request
from dragoman.dialects.openai_chat.parse_turns import parse_turns
from dragoman.model.content import Text, ToolResult
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request, Turn
from tests.trials import trials

WORDS = st.sampled_from(["", " ", "\n\t", "Hello.", "é ", " x"])
SPOKEN = st.builds(
    Turn,
    st.sampled_from(["system", "developer", "user", "assistant"]),
    WORDS.map(lambda word: [Text(word)]),
    name=st.sampled_from([None, None, None, "ada"]),
    joined=st.booleans(),
    shorthand=st.booleans(),
)
TOLD = WORDS.map(lambda word: Turn("tool", [ToolResult("call_1", [Text(word)])]))
TURNS = st.lists(st.one_of(SPOKEN, SPOKEN, TOLD), min_size=1, max_size=6)
PROFILES = st.builds(Profile, inline_system=st.booleans(), developer_role=st.booleans())
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["system", "developer", "user", "assistant"]), "content": WORDS}),
    min_size=1,
    max_size=4,
)


def take_the_long_way(turns: list[Turn]) -> list[Turn]:
    return [msgspec.structs.replace(turn, extras={}) for turn in turns]


def say_to_chat(turns: list[Turn], profile: Profile) -> tuple[Any, list[Loss]]:
    losses: list[Loss] = []
    return emit_request(Request("m", turns), profile, losses).body, losses


def say_to_messages(turns: list[Turn], profile: Profile) -> tuple[Any, list[Loss]]:
    losses: list[Loss] = []
    return emit_body(Request("m", turns, max_output_tokens=9), profile, losses), losses


@trials(300)
@given(TURNS, PROFILES)
def test_chat_is_told_the_same_either_way(turns: list[Turn], profile: Profile) -> None:
    assert say_to_chat(turns, profile) == say_to_chat(take_the_long_way(turns), profile)


@trials(300)
@given(TURNS.filter(lambda turns: turns[0].role == "user"), PROFILES)
def test_messages_are_told_the_same_either_way(turns: list[Turn], profile: Profile) -> None:
    """Leading system turns are not messages there."""
    assert say_to_messages(turns, profile) == say_to_messages(take_the_long_way(turns), profile)


@trials(200)
@given(MESSAGES)
def test_chat_is_understood_the_same_either_way(messages: list[dict[str, Any]]) -> None:
    long = [{**message, "name": None} for message in messages]
    assert parse_turns({"messages": messages}) == parse_turns({"messages": long})

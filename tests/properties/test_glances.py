"""What a quick glance sees of an answer is what a close look sees of it, whatever the answer holds."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.anthropic_messages import parse_response as messages
from dragoman.dialects.base import Glance
from dragoman.dialects.gemini_generate import parse_response as gemini
from dragoman.dialects.openai_chat import glance as chat
from dragoman.dialects.openai_responses import parse_response as responses
from dragoman.errors import DragomanError
from tests.properties.mutants import VALUES, change_body
from tests.properties.test_usual_answers import list_bodies
from tests.trials import trials

Look = Callable[[bytes], Glance]

LOOKS: dict[str, tuple[Look, Look]] = {
    "openai_chat": (chat.read_glance, chat.look_closely),
    "openai_responses": (responses.read_glance, responses.look_closely),
    "anthropic_messages": (messages.read_glance, messages.look_closely),
    "gemini_generate": (gemini.read_glance, gemini.look_closely),
}


def see(look: Look, body: bytes) -> Glance | str:
    """What is seen, or what is said to be wrong."""
    try:
        return look(body)
    except DragomanError as error:
        return str(error)


@pytest.mark.parametrize("dialect", LOOKS)
@trials(400)
@given(data=st.data(), value=VALUES, chance=st.randoms(use_true_random=False))
def test_a_quick_glance_sees_what_a_close_look_sees(dialect: str, data: Any, value: Any, chance: random.Random) -> None:
    quick, close = LOOKS[dialect]
    body = data.draw(st.sampled_from(list_bodies(dialect)))
    assert see(quick, body) == see(close, body)
    body = change_body(body, value, chance)
    assert see(quick, body) == see(close, body)

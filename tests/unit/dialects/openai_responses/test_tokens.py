"""Envelopes for opaque tokens: what goes in comes out, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.openai_responses.tokens import PREFIX, CarriedToken, unwrap_token, wrap_token

WORDS = st.none() | st.text()


@given(st.builds(CarriedToken, st.text(), WORDS, WORDS, WORDS, st.text(), WORDS))
def test_every_token_comes_out_as_it_went_in(token: CarriedToken) -> None:
    wrapped = wrap_token(token)
    assert wrapped.startswith(PREFIX)
    assert wrapped.isascii()
    assert unwrap_token(wrapped) == token


@pytest.mark.parametrize(
    "text",
    ["", "gAAAAABqVector", "dgm1", "dgm1.", "dgm1.%%%%", "dgm1.é", "dgm1.AAAA", wrap_token(CarriedToken("a"))[:-2]],
)
def test_what_we_did_not_write_is_no_envelope(text: str) -> None:
    assert unwrap_token(text) is None


def test_an_envelope_is_small_when_there_is_little_to_carry() -> None:
    assert len(wrap_token(CarriedToken("anthropic_messages", signature="abc"))) < 70

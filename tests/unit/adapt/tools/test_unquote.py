"""The text of a JSON string, whatever chunks it comes in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.adapt.tools.unquote import Unquoter


def unquote(*chunks: str) -> tuple[str, str]:
    """The text, and what of the last chunk stands behind it."""
    unquoter = Unquoter()
    end, chunk = 0, ""
    for chunk in chunks:
        end = unquoter.feed(chunk)
        if unquoter.is_done:
            break
    return "".join(unquoter.text), chunk[end:] if unquoter.is_done else ""


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(0, 60), st.booleans())
def test_a_string_means_what_was_written(text: str, cut: int, is_ascii: bool) -> None:
    written = json.dumps(text, ensure_ascii=is_ascii)[1:] + ", rest"
    assert unquote(written) == (text, ", rest")
    assert unquote(*written)[0] == text
    assert unquote(written[:cut], written[cut:])[0] == text


@pytest.mark.parametrize(
    ("written", "text"),
    [('\\q"', "q"), ('\\ud83d"', ""), ('\\ud83dx"', "\ufffdx"), ('\\ude00"', "\ufffd"), ('\\u12g"', "\\u12g")],
)
def test_bad_escapes_are_no_reason_to_stop(written: str, text: str) -> None:
    assert unquote(written)[0] == text

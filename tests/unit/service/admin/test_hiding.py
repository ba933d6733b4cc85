"""Secrets leave a text as marks, and come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.config.sections.providers import CredentialSettings, ProviderSettings
from dragoman.errors import DragomanError
from dragoman.model.secret import Secret
from dragoman.service.admin.hiding import hide_secrets, list_secrets, restore_secrets, stand_in

KNOWN = "a-known-secret-77"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"api_key: {KNOWN}", "api_key: <kept secret 1>"),
        (f"api_key: '{KNOWN},{KNOWN}'", "api_key: '<kept secret 1>,<kept secret 1>'"),
        ("secret: hunter22x", "secret: <kept secret 1>"),
        ('- {"secret": "hunter22x"}', '- {"secret": "<kept secret 1>"}'),
        ("api_key: ${OPENAI_API_KEY}", "api_key: ${OPENAI_API_KEY}"),
        ("# was sk-proj-0123456789abcdef01", "# was <kept secret 1>"),
        ("x-api-key: abcd1234  # mine", "x-api-key: <kept secret 1>  # mine"),
        ("max_tokens: 500", "max_tokens: 500"),
        ("models: [gpt-4o-mini-2024-07-18]", "models: [gpt-4o-mini-2024-07-18]"),
    ],
)
def test_what_is_a_secret_or_looks_like_one_is_marked(text: str, shown: str) -> None:
    hidden = hide_secrets(text, [KNOWN])
    assert hidden.text == shown
    assert restore_secrets(hidden.text, hidden.kept) == text


def test_a_longer_secret_is_not_cut_by_a_shorter_one_within_it() -> None:
    hidden = hide_secrets("a: secret-one-long b: secret-one", ["secret-one", "secret-one-long"])
    assert hidden.text == "a: <kept secret 1> b: <kept secret 2>"
    assert restore_secrets(hidden.text, hidden.kept) == "a: secret-one-long b: secret-one"


@given(st.lists(st.text(min_size=8, max_size=20), min_size=1, max_size=4), st.text(max_size=40), st.data())
def test_hiding_is_undone_by_restoring(secrets: list[str], between: str, data: st.DataObject) -> None:
    if "<kept" in between or any("<kept" in one or "kept secret" in one for one in secrets):
        return
    text = between.join(data.draw(st.lists(st.sampled_from(secrets), max_size=5)))
    hidden = hide_secrets(text, secrets)
    assert restore_secrets(hidden.text, hidden.kept) == text


def test_a_mark_that_stands_for_nothing_is_refused() -> None:
    for text in ("<kept secret 2>", "<kept secret 0>"):
        with pytest.raises(DragomanError, match="Nothing is known"):
            restore_secrets(text, ("only-one",))


def test_stand_ins_are_as_good_as_keys_and_are_none() -> None:
    text = stand_in("a: <kept secret 1>, b: <kept secret 2>", ("first-secret", "second-secret"))
    assert text == "a: kept-secret-number-0001, b: kept-secret-number-0002"


def test_secrets_are_found_however_deep() -> None:
    settings = ProviderSettings(
        api_key=Secret("one"), credentials=[CredentialSettings(Secret("two"))], headers={"x": Secret("three")}
    )
    assert set(list_secrets({"a": (settings,)})) == {"one", "two", "three"}

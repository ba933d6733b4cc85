"""Allowed, but perhaps not meant."""

from __future__ import annotations

from dragoman.config.advice import find_warnings
from tests.unit.config.loading import load

MINE = "providers: {mine: {dialect: openai_chat, base_url: 'http://%s/v1', api_key: %s}}"


def test_an_empty_house_is_told() -> None:
    assert find_warnings(load("")) == ["No provider is configured, and none was found in the environment."]
    assert len(find_warnings(load("providers: {alpha: {enabled: false}}"))) == 1


def test_keys_that_travel_unencrypted_are_told() -> None:
    assert find_warnings(load(MINE % ("llm.example.org", "k"))) == [
        "The keys of mine travel unencrypted: its base URL begins with http://."
    ]
    assert find_warnings(load(MINE % ("192.168.1.2:8000", "k"))) == []


def test_the_same_key_twice_is_told_without_showing_it() -> None:
    (warning,) = find_warnings(load(MINE % ("127.0.0.1:1", "'sesame,sesame'")))
    assert warning == "mine has the same key more than once; its limits are those of one key."

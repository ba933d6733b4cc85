"""Requests are marked for the provider's books."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.model.request import Request
from dragoman.plugins.hooks import Occasion
from dragoman.plugins.tags import make_plugin

PLAIN = Request("m", [])
SAID = Request("m", [], metadata={"team": "blue"}, user="ann")


def ask(request: Request, **settings: Any) -> Request:
    return make_plugin(settings).open_hooks(Occasion("openai", "gpt", "openai_chat")).before_request(request)


def test_metadata_are_added_and_places_filled_in() -> None:
    asked = ask(PLAIN, metadata={"team": "red", "to": "{provider}/{model}"}, user="all")
    assert (asked.metadata, asked.user) == ({"team": "red", "to": "openai/gpt"}, "all")


@pytest.mark.parametrize(("override", "team", "user"), [(False, "blue", "ann"), (True, "red", "all")])
def test_what_the_caller_said_stays_unless_it_is_overridden(override: bool, team: str, user: str) -> None:
    asked = ask(SAID, metadata={"team": "red"}, user="all", override=override)
    assert (asked.metadata, asked.user) == ({"team": team}, user)


def test_where_nothing_changes_the_request_is_the_very_same() -> None:
    assert ask(PLAIN) is PLAIN
    assert ask(SAID, metadata={"team": "red"}) is SAID

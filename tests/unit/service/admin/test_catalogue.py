"""Who could be added."""

from __future__ import annotations

import json

from dragoman.bootstrap.settings import parse_text
from dragoman.config.problems import Problems
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import ProviderSettings
from dragoman.service.admin.catalogue import TRIAL, Trial, list_catalogue, write_trial


def test_rows_in_use_are_marked_by_their_row_and_not_by_their_name() -> None:
    settings = Settings(
        providers={"mine": ProviderSettings(row="openai"), "groq": ProviderSettings(enabled=False, row="groq")}
    )
    rows = {row.name: row.is_configured for row in list_catalogue(settings)}
    assert rows["openai"]
    assert not rows["groq"]


def test_a_trial_is_a_configuration_with_nothing_else_in_it() -> None:
    settings = parse_text(write_trial(Trial(row="openai", key="k-${HOME}-'\"")), {"OPENAI_API_KEY": "x"}, Problems("t"))
    assert list(settings.providers) == [TRIAL]
    own = settings.providers[TRIAL]
    assert [one.secret.reveal() for one in own.credentials] == ["k-${HOME}-'\""]
    assert own.base_url.startswith("https://api.openai.com")


def test_a_trial_without_a_key_shows_none() -> None:
    assert json.loads(write_trial(Trial(base_url="http://127.0.0.1:1/v1", dialect="openai_chat")))["providers"] == {
        TRIAL: {"base_url": "http://127.0.0.1:1/v1", "dialect": "openai_chat", "auth": "none"}
    }

"""How local models come into the settings, and what the rest of the house sees of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.catalog.models import build_profile
from dragoman.config.load import parse_settings
from dragoman.config.schema import Settings
from dragoman.engine.models import STARTER, build_added, load_catalogue, save_added
from dragoman.engine.place import Place
from dragoman.engine.provider import (
    ROW,
    build_overrides,
    build_provider,
    complete_settings,
    find_local,
    is_alone,
    is_ours,
    load_offer,
    select_first,
)
from dragoman.errors import DragomanError
from tests.tiny_models import SEER, SEER_EYE, THINKER

OTHER = "providers: {mine: {dialect: openai_chat, base_url: 'http://127.0.0.1:9/v1', auth: none}}\n"


def load(text: str, folder: Path) -> Settings:
    settings = parse_settings(text, {}, {ROW.name: ROW}, find_local(), "test.yaml")
    return complete_settings(settings, {"XDG_CACHE_HOME": str(folder)})


def add(folder: Path) -> None:
    save_added(folder / "dragoman/models", {"mine": build_added("mine", THINKER)})


def test_where_nobody_else_is_there_the_starter_answers_by_name_and_by_default(tmp_path: Path) -> None:
    settings = load("", tmp_path)
    assert is_alone(settings.providers)
    assert settings.providers["local"].models == [STARTER]
    assert [one.target for one in settings.routes["default"].targets] == [f"local/{STARTER}"]
    assert select_first(settings) == STARTER


def test_beside_others_it_is_not_there_unasked(tmp_path: Path) -> None:
    settings = load(OTHER, tmp_path)
    assert list(settings.providers) == ["mine"]
    assert (settings.routes, select_first(settings)) == ({}, "")
    assert load_offer(settings, {}) == {}


@pytest.mark.parametrize(
    "text",
    [
        OTHER + f"routes: {{r: [mine/x, local/{STARTER}]}}",
        OTHER.replace("{mine", "{local: , mine"),
    ],
)
def test_a_route_or_an_entry_asks_for_it(text: str, tmp_path: Path) -> None:
    settings = load(text, tmp_path)
    assert set(settings.providers) == {"mine", "local"}
    assert "default" not in settings.routes
    assert STARTER in load_offer(settings, {"XDG_CACHE_HOME": str(tmp_path)})


def test_a_model_that_was_added_asks_for_it_too(tmp_path: Path) -> None:
    add(tmp_path)
    settings = load(OTHER, tmp_path)
    assert settings.providers["local"].models == [STARTER, "mine"]
    assert select_first(settings) == ""


@pytest.mark.parametrize("text", ["local: {enabled: false}\n", "providers: {local: {enabled: false}}\n"])
def test_it_can_be_switched_off(text: str, tmp_path: Path) -> None:
    add(tmp_path)
    settings = load(text, tmp_path)
    assert load_offer(settings, {"XDG_CACHE_HOME": str(tmp_path)}) == {}
    assert settings.routes == {}


def test_without_the_extra_it_is_not_offered_and_says_what_is_missing_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dragoman.engine.provider.is_installed", lambda: False)
    add(tmp_path)
    assert load("", tmp_path).providers == {}
    assert list(load("providers: {local: }", tmp_path).providers) == ["local"]


def test_routes_of_ones_own_are_left_alone(tmp_path: Path) -> None:
    add(tmp_path)
    settings = load("routes: {r: local/mine}\n", tmp_path)
    assert list(settings.routes) == ["r"]
    assert select_first(settings) == "mine"


def test_a_server_that_is_called_local_is_somebody_elses(tmp_path: Path) -> None:
    settings = load(OTHER.replace("mine", "local"), tmp_path)
    assert not is_ours(settings.providers["local"])
    assert settings.providers["local"].models == []
    assert load_offer(settings, {"XDG_CACHE_HOME": str(tmp_path)}) == {}


def test_each_model_has_a_credential_that_leads_to_its_own_socket() -> None:
    place = Place("worker-key")
    shelf = {"a": build_added("a", THINKER), "b": build_added("b", SEER, SEER_EYE)}
    provider = build_provider(shelf, place)
    faces = [one.face for one in provider.credentials]
    assert [face.origin.unix_path for face in faces if face] == [place.socket_for("a"), place.socket_for("b")]
    assert [one.models for one in provider.credentials] == [frozenset({"a"}), frozenset({"b"})]
    assert (b"connection", b"close") in provider.headers
    assert "worker-key" not in repr(provider) + repr(provider.credentials)
    place.remove()


def test_only_models_that_can_be_had_at_once_are_listed() -> None:
    place = Place("k")
    provider = build_provider(load_catalogue(), place)
    assert provider.models == (STARTER,)
    assert {one.name for one in provider.credentials} == set(load_catalogue())
    place.remove()


def test_what_a_model_can_take_is_said_in_its_profile() -> None:
    shelf = {"b": build_added("b", SEER, SEER_EYE), **load_catalogue()}
    assert build_profile(None, "b", build_overrides(shelf, "b")).media == {"image"}
    assert build_profile(None, "b", build_overrides(shelf, "b")).reasoning_request == "none"
    thinker = build_profile(None, "smollm3-3b", build_overrides(shelf, "smollm3-3b"))
    assert (thinker.reasoning_request, thinker.tools) == ("reasoning_effort", True)
    starter = build_profile(None, STARTER, build_overrides(shelf, STARTER))
    assert (starter.media, starter.tools, starter.max_tokens_field) == (frozenset(), False, "max_tokens")
    with pytest.raises(DragomanError, match="no local model"):
        build_overrides(shelf, "c")

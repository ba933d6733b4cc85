"""How local models come into the settings, and what the rest of the house sees of them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dragoman.catalog.models import build_profile
from dragoman.config.load import parse_settings
from dragoman.config.schema import Settings
from dragoman.engine.models import ADDED_FRAMES, EMBEDDER, STARTER, build_added, load_catalogue, save_added
from dragoman.engine.place import Place
from dragoman.engine.provider import (
    ROW,
    build_overrides,
    build_provider,
    complete_settings,
    find_local,
    fit_frames,
    is_alone,
    is_ours,
    load_offer,
    select_first,
)
from dragoman.errors import DragomanError
from dragoman.model.profile import FrameRule
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
    assert settings.providers["local"].models == [STARTER, EMBEDDER]
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
    assert settings.providers["local"].models == [STARTER, EMBEDDER, "mine"]
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
    assert provider.models == (STARTER, EMBEDDER)
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


def test_a_model_that_sees_is_shown_videos_by_its_own_rule_as_far_as_its_context_goes() -> None:
    seer = build_added("a", SEER, SEER_EYE, 2048)
    assert fit_frames(seer) == ADDED_FRAMES
    assert fit_frames(msgspec.structs.replace(seer, frame_tokens=500)) == FrameRule(max_frames=3)
    assert fit_frames(msgspec.structs.replace(seer, frame_tokens=9000)) == FrameRule(max_frames=1)
    assert fit_frames(build_added("b", THINKER)) is None


def test_smolvlm2_has_the_words_around_frames_that_it_was_trained_with() -> None:
    for name, edge in (("smolvlm2-2.2b", 384), ("smolvlm2-500m", 512), ("smolvlm2-256m", 512)):
        rule = load_catalogue()[name].frames
        assert rule is not None
        assert (rule.max_frames, rule.per_second, rule.max_edge, rule.caption) == (64, 1.0, edge, "Frame from {time}:")


def test_rows_for_videos_take_more_frames_of_the_same_files() -> None:
    rows = load_catalogue()
    for name in ("smolvlm2-2.2b", "smolvlm2-500m", "smolvlm2-256m"):
        pulled = (msgspec.structs.replace(row, mmproj="eye.gguf") for row in (rows[name], rows[f"{name}:video"]))
        plain, video = map(fit_frames, pulled)
        assert plain is not None
        assert video is not None
        assert (plain.max_frames, rows[name].hub) == (5, rows[f"{name}:video"].hub)
        assert video.max_frames > 30
        assert rows[f"{name}:video"].image_max_tokens


def test_local_models_fetch_nothing_and_read_plain_images() -> None:
    shelf = {"a": build_added("a", SEER, SEER_EYE), "b": build_added("b", THINKER)}
    seer, thinker = (build_profile(None, name, build_overrides(shelf, name)) for name in shelf)
    assert seer.media_urls == thinker.media_urls == frozenset()
    assert "image/webp" not in seer.image_types
    assert thinker.image_types == frozenset()

"""Targets get what they need done for them, and nearly all need nothing."""

from __future__ import annotations

import asyncio
import os

import msgspec
import pytest

from dragoman.bootstrap.shapings import build_shapings, change_tool_form, load_stations, select_shapings
from dragoman.config.schema import Settings
from dragoman.config.sections.media import MediaSettings
from dragoman.config.sections.plugins import PluginSettings
from dragoman.errors import DragomanError
from dragoman.model.content import Image, RemoteUrl
from dragoman.model.profile import Profile
from dragoman.model.request import Request, Turn
from dragoman.routing.target import Provider, Target

FAR = Target(Provider("far", (), ()), "m")
NEAR = msgspec.structs.replace(FAR, profile=Profile(media_urls=frozenset()))


def test_a_target_that_takes_everything_needs_nothing() -> None:
    assert select_shapings(FAR, ()) == ()


def test_a_target_that_fetches_nothing_needs_its_media_seen_to() -> None:
    assert select_shapings(NEAR, ()) == ("media",)


def test_who_sees_nothing_has_images_described_where_somebody_can() -> None:
    blind = msgspec.structs.replace(FAR, profile=Profile(media=frozenset({"file"})))
    assert select_shapings(blind, ()) == ()
    assert select_shapings(blind, (), describes=True) == ("media",)
    assert select_shapings(FAR, (), describes=True) == ()


def test_a_target_without_tools_has_them_told_before_its_context_is_fitted() -> None:
    silent = msgspec.structs.replace(NEAR, profile=Profile(media_urls=frozenset(), tool_form="hermes"))
    assert select_shapings(silent, ()) == ("media", "tools")
    vague = msgspec.structs.replace(FAR, profile=Profile(structured_output=False))
    assert select_shapings(vague, ()) == ("output",)
    fitted = msgspec.structs.replace(NEAR, shapings=("media", "context:r"))
    told = change_tool_form(fitted, "mistral")
    assert told.shapings == ("media", "tools", "context:r")
    assert told.profile.tool_form == "mistral"
    assert change_tool_form(told, "").shapings == fitted.shapings


def test_a_target_that_is_bound_to_calls_by_a_schema_is_so_unless_it_has_them_told() -> None:
    bound = msgspec.structs.replace(FAR, profile=Profile(tool_demand="schema"))
    assert select_shapings(bound, ()) == ("calls",)
    told = change_tool_form(msgspec.structs.replace(bound, shapings=("calls",)), "hermes")
    assert told.shapings == ("tools",)
    assert change_tool_form(told, "").shapings == ("calls",)


def test_plugins_come_first_and_only_for_their_models() -> None:
    stations = load_stations(
        Settings(plugins=[PluginSettings("size", models=["far/*"]), PluginSettings("tags", models=["x/y"])])
    )
    assert select_shapings(NEAR, stations) == ("plugins", "media")
    assert select_shapings(FAR, stations[1:]) == ()


def test_plugins_that_may_be_left_out_have_a_name_of_their_own() -> None:
    stations = load_stations(Settings(plugins=[PluginSettings("size", on_failure="open"), PluginSettings("tags")]))
    assert select_shapings(FAR, stations[:1]) == ("open_plugins",)
    assert select_shapings(FAR, stations) == ("plugins",)


def test_a_plugin_goes_by_its_settings() -> None:
    one = PluginSettings("size", {"max_turns": 1}, on_failure="open", time_limit_seconds=3.0)
    (station,) = load_stations(Settings(plugins=[one]))
    assert (station.name, station.fails_open, station.seconds, station.models) == ("size", True, 3.0, ())


@pytest.mark.parametrize(
    ("plugin", "path"),
    [
        (PluginSettings("sise"), "plugins[0].use"),
        (PluginSettings("size", {"max_turns": "many"}), "plugins[0].settings"),
    ],
)
def test_what_is_wrong_with_a_plugin_is_told_with_its_path(plugin: PluginSettings, path: str) -> None:
    with pytest.raises(DragomanError) as wrong:
        load_stations(Settings(plugins=[plugin]))
    assert wrong.value.path == path


def test_all_that_a_target_may_need_is_there() -> None:
    assert {"plugins", "open_plugins", "media", "tools"} <= build_shapings(Settings(), (), os.environ).keys()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (MediaSettings(fetch_urls=False), "fetches none"),
        (MediaSettings(), "port that is not allowed; allowed are 80, 443"),
        (MediaSettings(ports=[9]), "not public"),
        (MediaSettings(ports=[9], own_networks=["127.0.0.0/8"]), "could not be reached"),
    ],
)
def test_what_is_fetched_goes_by_the_settings(settings: MediaSettings, complaint: str) -> None:
    shaping = build_shapings(Settings(media=settings), (), {})["media"]
    request = Request("m", [Turn("user", [Image(RemoteUrl("http://127.0.0.1:9/"))])])
    with pytest.raises(DragomanError, match=complaint):
        asyncio.run(shaping.shape(request, NEAR, []))

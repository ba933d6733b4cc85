"""Networks that may be fetched from are checked when the configuration is read."""

from __future__ import annotations

import pytest

from dragoman.config.media import check_media, is_network
from dragoman.config.problems import Problems
from dragoman.config.schema import Settings
from dragoman.config.sections.media import MediaSettings
from dragoman.config.sections.routes import RouteSettings


@pytest.mark.parametrize("text", ["10.0.0.0/8", "192.168.1.7", "fd00::/8"])
def test_a_network_is_a_network(text: str) -> None:
    assert is_network(text)


def test_anything_else_is_a_problem_with_its_place() -> None:
    problems = Problems("a file")
    media = MediaSettings(own_networks=["10.0.0.0/8", "10.0.0.1/8", "intranet"])
    check_media(Settings(media=media), (), problems)
    assert [problem.path for problem in problems.list_mistakes()] == ["media.own_networks[1]", "media.own_networks[2]"]


@pytest.mark.parametrize(
    ("route", "mistakes"), [("", 0), ("eyes", 0), ("other", 0), ("mine/vl", 0), ("eys", 1), ("no/vl", 1)]
)
def test_a_route_that_describes_must_be_there(route: str, mistakes: int) -> None:
    problems = Problems("a file")
    routes = {"eyes": RouteSettings(targets=[], aliases=["other"])}
    check_media(Settings(media=MediaSettings(describe_route=route), routes=routes), {"mine"}, problems)
    assert len(problems) == mistakes

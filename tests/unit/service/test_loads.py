"""How busy servers of one's own are, as far as routes want to know it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from dragoman.config.schema import Settings
from dragoman.config.sections.providers import ProviderSettings
from dragoman.config.sections.routes import RouteSettings, TargetSettings
from dragoman.errors import DragomanError, Kind
from dragoman.routing.health import TargetHealth
from dragoman.service.loads import Loads, select_watched
from dragoman.upstream.scripted import Script, ScriptedTransport
from dragoman.upstream.transport import OutgoingRequest

PROVIDERS = {
    "one": ProviderSettings(row="vllm", dialect="openai_chat", base_url="http://one:8000/v1", auth="none"),
    "two": ProviderSettings(row="llamacpp", dialect="openai_chat", base_url="http://two:8080/v1", auth="none"),
    "far": ProviderSettings(row="openai", dialect="openai_chat", base_url="http://far/v1", auth="none"),
    "off": ProviderSettings(row="vllm", dialect="openai_chat", base_url="http://off/v1", auth="none", enabled=False),
}
TARGETS = [TargetSettings(name) for name in ("one/a/b", "two/c", "far/d", "off/e")]
SETTINGS = Settings(providers=PROVIDERS, routes={"r": RouteSettings(targets=TARGETS, policy="least_busy")})


class Pool:
    """What is known of each model of one provider."""

    def __init__(self) -> None:
        self.healths: dict[str, TargetHealth] = {}

    def health(self, model: str) -> TargetHealth:
        return self.healths.setdefault(model, TargetHealth())


class Board:
    def __init__(self) -> None:
        self.pools = {name: Pool() for name in PROVIDERS}

    def read(self) -> dict[str, int]:
        return {
            f"{name}/{model}": health.in_flight
            for name, pool in self.pools.items()
            for model, health in pool.healths.items()
        }


def build(pages: dict[str, str], settings: Settings = SETTINGS) -> tuple[Loads, Board, ScriptedTransport]:
    def answer(request: OutgoingRequest) -> Script | DragomanError:
        page = pages.get(request.origin.host)
        if page is None:
            return DragomanError(Kind.UNAVAILABLE, "refused", blame="upstream")
        return Script(chunks=(page.encode(),))

    board, transport = Board(), ScriptedTransport(answer)
    return Loads(transport, settings, cast("Any", lambda: board)), board, transport


def test_only_servers_that_tell_it_are_asked_and_only_for_routes_that_go_by_it() -> None:
    assert select_watched(SETTINGS) == {"one": frozenset({"a/b"}), "two": frozenset({"c"})}
    assert select_watched(Settings(providers=PROVIDERS, routes={"r": RouteSettings(targets=TARGETS)})) == {}


def test_what_others_send_counts_beside_what_we_send() -> None:
    pages = {"one": 'vllm:num_requests_running{model_name="a/b"} 5\n', "two": "llamacpp:requests_deferred 7\n"}
    loads, board, transport = build(pages)
    board.pools["one"].health("a/b").in_flight = 2
    asyncio.run(loads.look())
    assert board.read() == {"one/a/b": 5, "two/c": 7}
    assert {request.target for request in transport.requests} == {b"/metrics"}
    board.pools["one"].health("a/b").in_flight += 1
    pages["one"] = 'vllm:num_requests_running{model_name="a/b"} 3\n'
    del pages["two"]
    asyncio.run(loads.look())
    assert board.read() == {"one/a/b": 3, "two/c": 0}
    assert repr(loads) == "<Loads of one, two>"


def test_what_was_found_is_forgotten_when_nobody_wants_to_know_it_any_more() -> None:
    loads, board, transport = build({"one": 'vllm:num_requests_waiting{model_name="a/b"} 5\n', "two": ""})
    asyncio.run(loads.look())
    loads.change(Settings(providers=PROVIDERS))
    assert board.read() == {"one/a/b": 0, "two/c": 0}
    asyncio.run(loads.look())
    assert len(transport.requests) == 2
    assert repr(loads) == "<Loads of nobody>"


def test_a_provider_without_a_pool_is_passed_over() -> None:
    loads, board, _ = build({"one": "", "two": ""})
    board.pools.clear()
    asyncio.run(loads.look())


@pytest.mark.parametrize(("total", "seen"), [(9.0, 9), (1.0, 2), (None, 2)])
def test_ours_are_always_counted(total: float | None, seen: int) -> None:
    health = TargetHealth()
    health.in_flight = 2
    health.note_load(40)
    health.note_load(total)
    assert health.in_flight == seen
    health.in_flight -= 2
    health.note_load(None)
    assert health.in_flight == 0

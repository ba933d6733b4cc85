"""From settings to what requests are routed by."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import read_settings
from dragoman.clock import FixedClock
from dragoman.engine.models import STARTER
from dragoman.engine.place import Place
from dragoman.engine.provider import load_offer
from dragoman.engine.supervisor import Engine
from dragoman.errors import DragomanError, Kind
from tests.unit.bootstrap.configured import CONFIG, KEYS, write

ROUTING = """
discover_providers: false
routing: {max_attempts: 2, max_wait_seconds: 1.5, queue_limit: 7, affinity: false}
providers:
  mine:
    dialect: openai_chat
    base_url: "http://127.0.0.1:9/v1"
    credentials: [{secret: a-key-of-mine, rpm: 60, tpm: 9000, concurrency: 3}]
  blind: {dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", api_key: another-key, profile: {media: []}}
  openrouter: {api_key: a-key-of-theirs}
routes:
  r: {targets: [mine/gpt-4o, blind/m], policy: cheapest, fallback: {unavailable: openrouter/x}}
  one: mine/small
"""


def test_keys_in_the_environment_make_providers_with_pools() -> None:
    board = build_switchboard(read_settings(None, KEYS))
    assert [provider.name for provider in board.resolver.providers] == ["openai", "anthropic"]
    openai, anthropic = board.resolver.providers
    assert len(openai.credentials) == 2
    assert {face.dialect for face in openai.faces} == {"openai_chat", "openai_responses"}
    assert dict(anthropic.credentials[0].shown["anthropic_messages"].headers) == {b"x-api-key": b"sk-ant-0123456789"}


def test_a_file_adds_providers_routes_and_aliases(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, CONFIG), KEYS)
    board = build_switchboard(settings)
    route = board.resolver.resolve("quick")
    assert [target.name for target in route.targets] == ["mine/small", "anthropic/big"]
    assert route.strict
    assert route.targets[0].provider.headers == ((b"x-team", b"red"),)


def test_what_a_file_says_of_routing_reaches_those_who_route(tmp_path: Path) -> None:
    board = build_switchboard(read_settings(write(tmp_path, ROUTING), {}))
    route = board.resolver.resolve("r")
    (key,) = route.targets[0].provider.credentials
    assert (key.rpm, key.tpm, key.concurrency) == (60, 9000, 3)
    assert (board.patience.max_attempts, board.patience.max_wait_seconds, board.patience.affinity) == (2, 1.5, False)
    assert (board.room.queue_limit, route.policy, route.differs) == (7, "cheapest", True)
    down = {Kind.UNAVAILABLE, Kind.OVERLOADED, Kind.INTERNAL}
    assert {kind: targets[0].name for kind, targets in route.fallback.items()} == dict.fromkeys(down, "openrouter/x")
    assert [provider.steers for provider in board.resolver.providers] == [False, False, True]
    assert not board.resolver.resolve("one").differs


def test_a_reload_keeps_the_queues_and_the_budget(tmp_path: Path) -> None:
    first = build_switchboard(read_settings(write(tmp_path, ROUTING), {}))
    again = build_switchboard(
        read_settings(write(tmp_path, ROUTING.replace("queue_limit: 7", "queue_limit: 9")), {}), first
    )
    assert again.room is first.room
    assert again.budget is first.budget
    assert again.room.queue_limit == 9
    assert again.pools["mine"] is first.pools["mine"]


def test_pools_that_did_not_change_keep_what_they_learnt_over_a_reload() -> None:
    first = build_switchboard(read_settings(None, KEYS))
    limited = DragomanError(Kind.RATE_LIMIT, "no", blame="upstream", retry_after_seconds=60.0)
    pool = first.pools["anthropic"]
    pool.lease(pool.credentials[0], "m", 0, 0.0).fail(limited, 0.0)
    second = build_switchboard(read_settings(None, KEYS | {"OPENAI_API_KEY": "sk-new-0123456789"}), first)
    assert second.pools["anthropic"].pick("m", 1.0) is None
    assert second.pools["openai"] is not first.pools["openai"]


def make_engine() -> Engine:
    return Engine(Place("worker-key"), {}, FixedClock(), lambda work, name: work.close())


def test_where_nobody_else_is_there_the_default_route_leads_to_the_starters_worker(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    settings = read_settings(None, environment)
    engine = make_engine()
    engine.restock(load_offer(settings, environment), settings.local)
    board = build_switchboard(settings, None, engine)
    (target,) = board.resolver.resolve("default").targets
    assert target.name == f"local/{STARTER}"
    assert (target.profile.tools, target.profile.media) == (False, frozenset())
    credential = board.pools["local"].pick(STARTER, 0.0)
    assert credential is not None
    assert credential.face is not None
    assert engine.name_at(credential.face.origin.unix_path or "") == STARTER
    with pytest.raises(DragomanError, match="no local model"):
        board.resolver.resolve("local/other")
    engine.place.remove()


def test_a_route_to_a_local_model_that_is_not_there_is_refused_when_it_is_built(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    settings = read_settings(write(tmp_path, "routes: {r: local/nobody}"), environment)
    engine = make_engine()
    engine.restock(load_offer(settings, environment), settings.local)
    with pytest.raises(DragomanError, match="nobody"):
        build_switchboard(settings, None, engine)
    engine.place.remove()

"""Which way a request goes, by its body and its headers."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from dragoman.errors import DragomanError
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.routing.capability import survey
from dragoman.routing.mints import Minter
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Attempt, Condition, Route, Target, Timeouts
from dragoman.service.exchange import Exchange, Inbound
from dragoman.service.switchboard import Switchboard
from dragoman.service.way import Way, cap_total, find_way, note_minter
from tests.unit.service.desk import client_side, make_provider, make_switchboard

BLIND = msgspec.structs.replace(DEFAULT_PROFILE, media=frozenset(), tools=False)
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def find(board: Switchboard, *, hints: dict[str, str] | None = None, content: Any = "Hi", **more: Any) -> Way:
    body = json.dumps({"model": "r", "messages": [{"role": "user", "content": content}], **more}).encode()
    client = client_side("openai_chat")
    pairs = tuple((name.encode(), value.encode()) for name, value in (hints or {}).items())
    inbound = Inbound(client, body, hints=pairs)
    return find_way(board, inbound, client.open_envelope(body, None, None), 100.0, client.parse_request)


def targets(way: Way) -> list[str]:
    return [target.provider.name for target in way.route.targets]


def make_blind_board() -> Switchboard:
    """The first of the route's two targets neither sees nor calls tools."""
    providers = (make_provider("blind"), make_provider("sees"))
    route = Route("r", (Target(providers[0], "m", BLIND), Target(providers[1], "m")), differs=True)
    board = make_switchboard(*providers)
    return msgspec.structs.replace(board, resolver=Resolver([route], providers, Target))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ["blind", "sees"]),
        ({"content": [IMAGE]}, ["sees"]),
        ({"tools": [TOOL]}, ["sees"]),
        ({"messages": 7}, ["blind", "sees"]),
    ],
)
def test_a_request_goes_to_those_who_can_do_what_it_needs(more: dict[str, Any], expected: list[str]) -> None:
    assert targets(find(make_blind_board(), **more)) == expected


def test_the_bodys_words_about_its_way_are_heard_and_not_passed_on() -> None:
    board = make_switchboard(make_provider("a"), make_provider("b"))
    way = find(board, provider={"order": ["b"]}, models=["b/other"])
    assert [target.name for target in way.route.targets] == ["b/m", "b/other", "a/m"]
    assert way.envelope.document.fields.keys() == {"model", "messages"}


def test_a_provider_that_is_a_gateway_itself_gets_them_and_headers_stay_ours() -> None:
    steering = msgspec.structs.replace(make_provider("a"), steers=True)
    board = make_switchboard(steering, make_provider("b"))
    way = find(board, provider={"order": ["b"]}, hints={"x-dragoman-ignore": "b"})
    assert "provider" in way.envelope.document.fields
    assert targets(way) == ["a"]


def test_where_there_is_no_choice_the_bodys_words_are_passed_on() -> None:
    way = find(make_switchboard(make_provider("a")), provider={"only": ["z"]})
    assert targets(way) == ["a"]
    assert "provider" in way.envelope.document.fields
    with pytest.raises(DragomanError, match="none is left"):
        find(make_switchboard(make_provider("a", "anthropic_messages")), provider={"only": ["z"]})


def test_a_word_that_leaves_nobody_is_told() -> None:
    with pytest.raises(DragomanError, match="none is left"):
        find(make_switchboard(make_provider("a")), hints={"x-dragoman-only": "z"})


def test_the_session_is_looked_for_only_where_there_is_a_choice_of_keys() -> None:
    assert find(make_switchboard(make_provider("a"))).wish.session is None
    board = make_switchboard(make_provider("a", keys=2))
    assert find(board).wish.session is not None
    unsticky = msgspec.structs.replace(board, patience=msgspec.structs.replace(board.patience, affinity=False))
    assert find(unsticky).wish.session is None


def test_all_attempts_together_take_no_longer_than_one() -> None:
    way = find(make_switchboard(make_provider("a"), timeouts=Timeouts(idle=7.0, total=30.0)))
    target = way.route.targets[0]
    second = Attempt(target, target.provider.credentials[0], 2)
    assert cap_total(way.route, second, way.wish, 120.0).timeouts == Timeouts(idle=7.0, total=10.0)
    assert cap_total(way.route, second, way.wish, 150.0).timeouts == Timeouts(idle=7.0, total=0.01)


def make_short_board() -> Switchboard:
    """The first of the route's two targets has room for a hundred tokens."""
    providers = (make_provider("short"), make_provider("long"))
    profiles = (msgspec.structs.replace(DEFAULT_PROFILE, context_window=window) for window in (100, 10_000))
    listed = tuple(Target(provider, "m", profile) for provider, profile in zip(providers, profiles, strict=True))
    route = Route("r", listed, **survey(listed))
    return msgspec.structs.replace(make_switchboard(*providers), resolver=Resolver([route], providers, Target))


def test_a_request_goes_to_those_with_room_for_it_unless_its_length_tells_nothing() -> None:
    board = make_short_board()
    assert targets(find(board)) == ["short", "long"]
    assert targets(find(board, content="sea " * 200)) == ["long"]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 4000}}
    assert targets(find(board, content=[picture])) == ["short", "long"]


def test_a_request_goes_to_targets_that_are_for_such_a_one() -> None:
    providers = (make_provider("night"), make_provider("day"))
    listed = (Target(providers[0], "m", condition=Condition(tags=frozenset({"batch"}))), Target(providers[1], "m"))
    route = Route("r", listed, **survey(listed))
    board = msgspec.structs.replace(make_switchboard(*providers), resolver=Resolver([route], providers, Target))
    assert targets(find(board)) == ["day"]
    assert targets(find(board, hints={"x-dragoman-tags": "batch"})) == ["night", "day"]
    assert find(board).traits.tokens > 0


SIGNED: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "thinking": {"signature": "E"}}]
}


def settle(board: Switchboard, way: Way, credential: int, response_id: str | None = None, body: bytes = b"{}") -> None:
    """The request was served by this key of the second provider."""
    target = way.route.targets[1]
    exchange = Exchange("ex_1", "openai_chat", "anonymous", 0.0, response_id=response_id)
    exchange.attempt = Attempt(target, target.provider.credentials[credential], 1)
    note_minter(board, Inbound(client_side("openai_chat"), body), exchange, way.wish.session)


def test_only_a_request_that_carries_tokens_is_pulled_to_whoever_served_its_conversation_last() -> None:
    board = make_switchboard(make_provider("a", keys=2), make_provider("b", keys=2))
    assert find(board, **SIGNED).wish.minter is None
    settle(board, find(board), 1)
    assert find(board).wish.minter is None
    assert find(board, **SIGNED).wish.minter == Minter("b", "b-2")
    settle(board, find(board), 0)
    assert find(board, **SIGNED).wish.minter == Minter("b", "b-1")


def test_a_request_that_goes_on_from_a_response_is_pulled_to_whoever_gave_it() -> None:
    board = make_switchboard(make_provider("a", keys=2), make_provider("b", keys=2))
    settle(board, find(board, content="Begin."), 1, "resp_1")
    assert find(board, content="Go on.", previous_response_id="resp_1").wish.minter == Minter("b", "b-2")
    assert find(board, content="Go on.", previous_response_id="resp_2").wish.minter is None
    assert find(board, content="Go on.", previous_response_id=7).wish.minter is None


def test_a_request_may_say_what_it_costs_at_most() -> None:
    prices = {"a": (3.0, 15.0), "b": (0.1, 0.4)}
    board = msgspec.structs.replace(
        make_switchboard(make_provider("a"), make_provider("b")),
        find_prices=lambda target: prices[target.provider.name],
    )
    assert targets(find(board, hints={"x-dragoman-max-price": "1"})) == ["b"]
    assert targets(find(board, provider={"max_price": {"prompt": 3}})) == ["a", "b"]


@pytest.mark.parametrize("name", ["file_id", "fileUri", "file_uri"])
def test_a_file_is_asked_about_where_it_was_understood_whatever_the_conversation(name: str) -> None:
    board = make_switchboard(make_provider("a", keys=2), make_provider("b", keys=2))
    body = json.dumps({name: "file-1"}).encode()
    settle(board, find(board, content="Read it."), 1, body=body)
    assert find(board, content=[{"type": "file", "file": {name: "file-1"}}]).wish.minter == Minter("b", "b-2")
    assert find(board, content=[{"type": "file", "file": {name: "file-2"}}]).wish.minter is None


def test_a_request_beside_another_knows_whom_that_has_asked() -> None:
    board = make_switchboard(make_provider("a"), make_provider("b"))
    client = client_side("openai_chat")
    body = b'{"model":"r","messages":[]}'
    target = board.resolver.resolve("r").targets[0]
    trail = [Attempt(target, target.provider.credentials[0], 1)]
    inbound = Inbound(client, body, beside=trail)
    way = find_way(board, inbound, client.open_envelope(body, None, None), 100.0, client.parse_request)
    assert way.wish.beside is trail[0]

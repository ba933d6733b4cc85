"""Most requests go straight to who answers; where a route or a caller wants more, they go the long way."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from dragoman.dialects.registry import DIALECTS
from dragoman.service.detours.bypass import Bypass
from dragoman.service.exchange import Inbound, ReplySink
from tests.unit.service.desk import CHAT_REQUEST, make_provider, make_switchboard


def find_ways(*, has_detours: bool = False, hints: tuple[tuple[bytes, bytes], ...] = ()) -> list[str]:
    """Which way one request goes."""
    ways: list[str] = []

    async def straight(_: Inbound, __: ReplySink) -> None:
        ways.append("straight")

    async def around(_: Inbound, __: ReplySink) -> None:
        ways.append("around")

    client, sink = DIALECTS["openai_chat"].client, None
    assert client is not None
    bypass = Bypass(straight, around, has_detours=has_detours)
    asyncio.run(bypass.generate(Inbound(client, CHAT_REQUEST, hints=hints), sink))  # type: ignore[arg-type]
    return ways


def test_a_plain_request_goes_straight() -> None:
    assert find_ways() == ["straight"]


def test_one_that_says_something_of_its_way_goes_around() -> None:
    assert find_ways(hints=((b"x-dragoman-cache", b"60"),)) == ["around"]


def test_where_some_route_wants_more_all_go_around() -> None:
    assert find_ways(has_detours=True) == ["around"]


@pytest.mark.parametrize(
    "wanted", [{"caches": {"m": 60}}, {"has_hedges": True}, {"has_mirrors": True}, {"has_continuations": True}]
)
def test_a_switchboard_says_whether_some_route_wants_more(wanted: dict[str, Any]) -> None:
    board = make_switchboard(make_provider("a"))
    assert not board.has_detours
    assert msgspec.structs.replace(board, **wanted).has_detours

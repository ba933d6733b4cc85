"""An answer is given again to whom it was given, for the very same request, as long as that is wanted."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.cache import CacheSettings
from dragoman.errors import DragomanError
from dragoman.service.detours import caching
from dragoman.service.detours.caching import Caching, digest_request
from dragoman.service.exchange import Exchange, Inbound
from dragoman.service.generate import GenerateService
from dragoman.service.metering.settle import build_row
from dragoman.service.principals import Principal
from dragoman.upstream.scripted import Script, ScriptedTransport
from tests.unit.service.desk import (
    ANTHROPIC_REQUEST,
    CHAT_REQUEST,
    CHAT_STREAM_REQUEST,
    RecordingSink,
    client_side,
    error_script,
    make_provider,
    make_switchboard,
    streamed,
    whole,
)

ANN, BOB = Principal("ann"), Principal("bob")
WANTED = ((b"x-dragoman-cache", b"60"),)


class House:
    """The cache before a service whose transport is scripted."""

    def __init__(self, *scripts: Script, settings: CacheSettings | None = None, **caches: int) -> None:
        self.transport = ScriptedTransport(list(scripts))
        self.clock = FixedClock()
        self.settled: list[Exchange] = []
        self.board = msgspec.structs.replace(make_switchboard(make_provider("a")), caches=caches)
        generate = GenerateService(self.transport, lambda: self.board, self.clock, self.settle)
        self.caching = Caching(
            generate.generate, lambda: self.board, self.clock, self.settle, settings or CacheSettings()
        )

    def settle(self, exchange: Exchange) -> None:
        self.settled.append(exchange)
        self.caching.underway.note(exchange)

    async def serve(self, body: bytes, caller: Principal, dialect: str, **given: Any) -> RecordingSink:
        sink = RecordingSink()
        inbound = Inbound(client_side(dialect), body, principal=caller.name, caller=caller, **given)
        await self.caching.generate(inbound, sink)
        return sink

    def ask(
        self, body: bytes = CHAT_REQUEST, caller: Principal = ANN, dialect: str = "openai_chat", **given: Any
    ) -> RecordingSink:
        return asyncio.run(self.serve(body, caller, dialect, **{"hints": WANTED, **given}))

    @property
    def asked(self) -> int:
        """How often the provider was."""
        return len(self.transport.requests)


def said(sink: RecordingSink) -> str:
    return sink.headers.get(b"x-dragoman-cache", b"").decode()


def test_the_same_request_gets_the_same_answer_without_the_provider() -> None:
    house = House(whole())
    first, second = house.ask(), house.ask()
    assert (said(first), said(second)) == ("miss", "hit")
    assert second.json == first.json
    assert second.headers[b"x-dragoman-target"] == b"a/m"
    assert second.headers[b"x-dragoman-exchange"] != first.headers[b"x-dragoman-exchange"]
    assert house.asked == 1


def test_a_translated_stream_is_given_again_as_one() -> None:
    house = House(streamed())
    body = ANTHROPIC_REQUEST[:-1] + b',"stream":true}'
    first, second = (house.ask(body, dialect="anthropic_messages") for _ in range(2))
    assert b"".join(second.chunks) == b"".join(first.chunks)
    assert b"message_stop" in b"".join(second.chunks)
    assert (said(second), second.is_ended, second.announced) == ("hit", True, (True, False))


def test_who_does_not_ask_for_it_is_always_answered_anew() -> None:
    house = House(whole(), whole())
    for _ in range(2):
        assert said(house.ask(hints=())) == ""
    assert house.asked == 2


def test_a_route_may_want_it_for_all_unless_a_request_does_not() -> None:
    house = House(whole(), whole(), r=60)
    assert [said(house.ask(hints=())) for _ in range(2)] == ["miss", "hit"]
    assert said(house.ask(hints=((b"x-dragoman-cache", b"no-store"),))) == ""
    assert house.asked == 2


def test_nobody_gets_anybody_elses_answer() -> None:
    house = House(whole(), whole())
    assert [said(house.ask(caller=caller)) for caller in (ANN, BOB, ANN, BOB)] == ["miss", "miss", "hit", "hit"]


def test_who_may_less_than_before_is_answered_anew() -> None:
    house = House(whole(), whole())
    house.ask()
    assert said(house.ask(caller=Principal("ann", role="member"))) == "miss"


@pytest.mark.parametrize(
    "other",
    [
        {"body": CHAT_REQUEST.replace(b"Hi", b"Ho")},
        {"body": CHAT_REQUEST.replace(b"{ ", b"{")},
        {"strict": True},
        {"hints": (*WANTED, (b"x-dragoman-only", b"a"))},
        {"forwarded": ((b"anthropic-beta", b"x"),)},
    ],
)
def test_another_request_is_another(other: dict[str, Any]) -> None:
    house = House(whole(), whole())
    house.ask()
    assert said(house.ask(**other)) == "miss"
    assert house.asked == 2


def test_after_its_time_an_answer_is_old() -> None:
    house = House(whole(), whole())
    house.ask()
    house.clock.advance(61)
    assert said(house.ask()) == "miss"


def test_what_went_wrong_is_not_given_again() -> None:
    house = House(error_script(400), whole())
    assert house.ask().json["error"]
    assert said(house.ask()) == "miss"
    assert house.asked == 2


def test_a_stream_that_broke_off_is_not_given_again() -> None:
    broken = msgspec.structs.replace(streamed(), chunks=streamed().chunks[:2])
    house = House(broken, streamed())
    first = house.ask(CHAT_STREAM_REQUEST)
    second = house.ask(CHAT_STREAM_REQUEST)
    assert (said(first), said(second)) == ("miss", "miss")
    assert b"[DONE]" in b"".join(second.chunks)


def test_what_is_too_long_is_not_kept() -> None:
    body = whole().chunks[0]
    assert isinstance(body, bytes)
    longer = msgspec.structs.replace(whole(), chunks=(body[:-1] + b',"x":"%b"}' % (b"y" * 2_000),))
    house = House(longer, longer, settings=CacheSettings(max_answer_kib=1))
    assert [said(house.ask()) for _ in range(2)] == ["miss", "miss"]


def test_when_there_is_no_room_what_was_not_asked_for_longest_makes_way(monkeypatch: pytest.MonkeyPatch) -> None:
    body = whole().chunks[0]
    assert isinstance(body, bytes)
    monkeypatch.setattr(caching, "MIB", 2 * len(body) + 1)
    house = House(*[whole()] * 4, settings=CacheSettings(max_mib=1))
    requests = [CHAT_REQUEST.replace(b"Hi", text) for text in (b"one", b"two", b"one", b"three", b"one", b"two")]
    assert [said(house.ask(body)) for body in requests] == ["miss", "miss", "hit", "miss", "hit", "miss"]


def test_settings_that_change_empty_it() -> None:
    house = House(whole(), whole())
    house.ask()
    house.caching.change(CacheSettings(by_header=False))
    assert said(house.ask()) == ""


@pytest.mark.parametrize("value", [b"0", b"-1", b"soon", b"99999999999999", b"86401"])
def test_a_time_that_makes_no_sense_is_refused(value: bytes) -> None:
    with pytest.raises(DragomanError, match="takes seconds from 1 to 86400"):
        House().ask(hints=((b"x-dragoman-cache", value),))


def test_an_answer_given_again_is_settled_with_what_it_would_have_taken() -> None:
    house = House(whole())
    house.ask()
    house.ask()
    _, hit = [build_row(exchange, 100.0) for exchange in house.settled]
    assert (hit.is_hit, hit.provider, hit.model, hit.outcome, hit.attempts) == (True, "a", "m", "served", ())
    assert (hit.input, hit.output, hit.route) == (3, 2, "r")


def test_the_wish_for_it_is_no_part_of_what_it_is_found_by() -> None:
    inbound = Inbound(client_side("openai_chat"), CHAT_REQUEST, hints=WANTED)
    longer = msgspec.structs.replace(inbound, hints=((b"x-dragoman-cache", b"90"),))
    assert digest_request(inbound) == digest_request(longer)

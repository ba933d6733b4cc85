"""Hooks run in their order, within their time, and fail closed or open as configured."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import msgspec
import pytest

from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Text
from dragoman.model.request import Request, Turn
from dragoman.model.response import Finish, Response
from dragoman.plugins.hooks import Hooks, Occasion, refuse
from dragoman.routing.target import Face, Origin, Provider, Target
from dragoman.service.reshaping.aside import Aside
from dragoman.service.reshaping.plugins import PluginShaping, Station
from dragoman.service.shaping import Shaped

FACE = Face("openai_chat", Origin("http", "a", 80), "")
TARGET = Target(Provider("one", (FACE,), ()), "m")
REQUEST = Request("m", [Turn("user", [Text("Hi")])])
EVENTS: list[s.StreamEvent] = [
    s.StreamStart("1", "m"),
    s.TextStart(0),
    s.TextDelta(0, "Oh"),
    s.TextEnd(0),
    s.CandidateEnd(Finish("stop")),
    s.StreamEnd(),
]


class Signing(Hooks):
    """Adds its name to whatever passes."""

    runs_on_loop = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.occasions: list[Occasion] = []
        self.seen: list[Response] = []
        self.has_seen = threading.Event()

    def open_hooks(self, occasion: Occasion) -> Hooks:
        self.occasions.append(occasion)
        return self

    def before_request(self, request: Request) -> Request:
        (turn,) = request.turns
        (part,) = turn.parts
        assert isinstance(part, Text)
        signed = msgspec.structs.replace(turn, parts=[Text(part.text + self.name)])
        return msgspec.structs.replace(request, turns=[signed])

    def on_event(self, event: s.StreamEvent) -> list[s.StreamEvent]:
        return [s.TextDelta(event.part, event.text + self.name)] if isinstance(event, s.TextDelta) else [event]

    def after_response(self, response: Response) -> None:
        self.seen.append(response)
        self.has_seen.set()


class Failing(Signing):
    """Fails where it is told to."""

    def __init__(self, where: str, error: BaseException | None = None) -> None:
        super().__init__("!")
        self.where = where
        self.error = error or ValueError("what a pity")

    def before_request(self, request: Request) -> Request:
        if self.where == "request":
            raise self.error
        return request

    def on_event(self, event: s.StreamEvent) -> list[s.StreamEvent]:
        if self.where == "event":
            raise self.error
        return [event]

    def after_response(self, response: Response) -> None:
        self.has_seen.set()
        if self.where == "response":
            raise self.error


class Slow(Hooks):
    """Never comes back by itself."""

    def __init__(self) -> None:
        self.release = threading.Event()

    def open_hooks(self, occasion: Occasion) -> Hooks:
        return self

    def before_request(self, request: Request) -> Request:
        self.release.wait(10.0)
        return request


def shape(*stations: Station) -> Shaped:
    return asyncio.run(PluginShaping(stations, Aside()).shape(REQUEST, TARGET, []))


def answer(shaped: Shaped) -> str:
    assert shaped.reshape is not None
    events = shaped.reshape.feed(list(EVENTS)) + shaped.reshape.finish()
    assert [type(event) for event in events] == [type(event) for event in EVENTS]
    return "".join(event.text for event in events if isinstance(event, s.TextDelta))


def test_requests_pass_the_first_plugin_first_and_answers_the_last_one_first() -> None:
    first, second = Signing("1"), Signing("2")
    shaped = shape(Station("a", first), Station("b", second))
    assert shaped.request.turns[0].parts == [Text("Hi12")]
    assert answer(shaped) == "Oh21"
    assert first.occasions == [Occasion("one", "m", "openai_chat")]


def test_after_the_answer_each_plugin_gets_it_as_the_caller_got_it() -> None:
    first = Signing("1")
    answer(shape(Station("a", first), Station("b", Signing("2"))))
    assert first.has_seen.wait(5.0)
    assert first.seen[0].candidates[0].parts == [Text("Oh21")]


def test_a_plugin_is_there_for_its_models_only() -> None:
    shaped = shape(Station("a", Signing("1"), models=("two/*",)), Station("b", Signing("2"), models=("one/*",)))
    assert shaped.request.turns[0].parts == [Text("Hi2")]


def test_a_plugin_that_has_nothing_to_do_leaves_everything_as_it_is() -> None:
    class Idle(Hooks):
        def open_hooks(self, occasion: Occasion) -> Hooks:
            return self

    shaped = shape(Station("a", Idle()))
    assert shaped.request is REQUEST
    assert shaped.reshape is None


@pytest.mark.parametrize("fails_open", [False, True])
def test_a_refusal_refuses_whatever_is_configured(fails_open: bool) -> None:
    with pytest.raises(DragomanError, match="Not here"):
        shape(Station("a", Failing("request", refuse("Not here.")), fails_open=fails_open))


@pytest.mark.parametrize("error", [ValueError("secret"), SystemExit(), RecursionError()])
def test_a_plugin_that_fails_closed_fails_the_request(error: BaseException) -> None:
    with pytest.raises(DragomanError) as failed:
        shape(Station("guard", Failing("request", error)))
    assert (failed.value.status, failed.value.blame, failed.value.code) == (500, "gateway", "plugin_failed")
    assert "guard" in failed.value.message
    assert "secret" not in failed.value.message


def test_a_plugin_that_fails_open_is_left_out_from_then_on(caplog: pytest.LogCaptureFixture) -> None:
    shaped = shape(Station("a", Failing("request"), fails_open=True), Station("b", Signing("2")))
    assert shaped.request.turns[0].parts == [Text("Hi2")]
    assert answer(shaped) == "Oh2"
    assert "the plugin a failed: ValueError: what a pity" in caplog.text


def test_a_plugin_that_fails_amid_an_answer_fails_it_or_is_left_out() -> None:
    with pytest.raises(DragomanError, match="failed"):
        answer(shape(Station("a", Failing("event"))))
    assert answer(shape(Station("a", Failing("event"), fails_open=True), Station("b", Signing("2")))) == "Oh2"


def test_a_plugin_that_takes_too_long_fails_and_does_not_hold_anyone_up() -> None:
    slow: Any = Slow()
    with pytest.raises(DragomanError, match="failed"):
        shape(Station("a", slow, seconds=0.02))
    assert shape(Station("a", slow, seconds=0.02, fails_open=True)).request is REQUEST
    slow.release.set()


class Threaded(Signing):
    """The same, but not made for the loop."""

    runs_on_loop = False

    def on_event(self, event: s.StreamEvent) -> list[s.StreamEvent]:
        assert threading.current_thread() is not threading.main_thread()
        return super().on_event(event)


def pass_all(shaped: Shaped) -> str:
    assert shaped.reshape is None
    assert shaped.passage is not None
    events = asyncio.run(shaped.passage.pass_events(list(EVENTS)))
    shaped.passage.finish()
    return "".join(event.text for event in events if isinstance(event, s.TextDelta))


def test_who_is_not_made_for_the_loop_is_asked_in_threads_and_all_keep_their_order() -> None:
    threaded = Threaded("2")
    assert pass_all(shape(Station("a", Signing("1")), Station("b", threaded), Station("c", Signing("3")))) == "Oh321"
    assert threaded.has_seen.wait(5.0)


def test_who_takes_too_long_with_events_is_left_out_or_fails_the_answer() -> None:
    release = threading.Event()

    class Stuck(Threaded):
        def on_event(self, event: s.StreamEvent) -> list[s.StreamEvent]:
            release.wait(10.0)
            return [event]

    stuck = Stuck("1")
    station = Station("a", stuck, fails_open=True, seconds=0.02)
    assert pass_all(shape(station, Station("b", Signing("2")))) == "Oh2"
    with pytest.raises(DragomanError, match="failed"):
        pass_all(shape(msgspec.structs.replace(station, fails_open=False)))
    release.set()


def test_a_failure_after_the_answer_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    failing = Failing("response")
    assert answer(shape(Station("a", failing))) == "Oh"
    assert failing.has_seen.wait(5.0)
    for thread in threading.enumerate():
        if thread.name == "plugin":
            thread.join(5.0)
    assert "failed after an answer" in caplog.text

"""Streams that break off and are gone on with: what the client reads, who is asked for what, and who is billed."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import ContinuationForm, Profile
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Route, Target
from dragoman.service.detours.continuing import Continuing
from dragoman.service.exchange import Inbound
from dragoman.upstream.scripted import Script
from dragoman.upstream.transport import OutgoingRequest
from tests.grammars import openai_chat
from tests.unit.service.desk import (
    CHAT_REQUEST,
    CHAT_STREAM_REQUEST,
    Desk,
    RecordingSink,
    client_side,
    error_script,
    make_provider,
    run,
    streamed,
    whole,
)

CUT = DragomanError(Kind.UNAVAILABLE, "cut", blame="upstream", phase="stream")
DOWN = DragomanError(Kind.UNAVAILABLE, "refused", blame="upstream", phase="connect")


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, usage: int = 0) -> bytes:
    """One chunk of a chat stream."""
    event: dict[str, Any] = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}
    if delta is not None:
        event["choices"] = [{"index": 0, "delta": delta, "finish_reason": finish}]
    if usage:
        event["usage"] = {"prompt_tokens": usage, "completion_tokens": 2, "total_tokens": usage + 2}
    return f"data: {json.dumps(event)}\n\n".encode()


def say(*texts: str) -> list[bytes]:
    return [chunk({"role": "assistant", "content": ""}), *[chunk({"content": text}) for text in texts]]


def cut(*texts: str) -> Script:
    """An answer that breaks off."""
    return streamed(*say(*texts), CUT)


def ended(*texts: str) -> Script:
    return streamed(*say(*texts), chunk({}, "stop"), chunk(usage=9), b"data: [DONE]\n\n")


class Hall:
    """A desk whose route `r` goes on with what breaks off; each answer is the next of the scripts."""

    def __init__(self, *scripts: Script | DragomanError, form: ContinuationForm = "prefill", names: str = "ab") -> None:
        self.left = list(scripts)
        self.desk = Desk(self.answer, *[make_provider(name) for name in names])
        profile = Profile(continuation=form)
        targets = tuple(Target(make_provider(name), "m", profile) for name in names)
        route = Route("r", targets, continues=True)
        resolver = Resolver([route], [target.provider for target in targets], Target)
        self.desk.board = msgspec.structs.replace(self.desk.board, resolver=resolver, has_continuations=True)
        self.continuing = Continuing(self.desk.service.generate, lambda: self.desk.board)

    def answer(self, request: OutgoingRequest) -> Script | DragomanError:
        return self.left.pop(0)

    def ask(self, body: bytes = CHAT_STREAM_REQUEST) -> RecordingSink:
        sink = RecordingSink()
        run(self.continuing.generate(Inbound(client_side("openai_chat"), body), sink))
        for pool in self.desk.board.pools.values():
            assert [key.in_flight for key in pool.keys] == [0] * len(pool.keys)
        return sink

    @property
    def asked(self) -> list[str]:
        return [request.origin.host.partition(".")[0] for request in self.desk.transport.requests]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.desk.transport.requests]


def read(sink: RecordingSink) -> str:
    """The text of a stream that is legal from start to end."""
    told = b"".join(sink.chunks)
    assert sink.is_ended
    openai_chat.check_stream(told)
    deltas = [json.loads(line[6:]) for line in told.split(b"\n\n") if line.startswith(b"data: {")]
    return "".join(choice["delta"].get("content") or "" for one in deltas for choice in one["choices"])


def test_another_goes_on_where_the_first_broke_off_and_the_client_reads_one_answer() -> None:
    hall = Hall(cut("Hello, ", "wor"), ended("ld", "."))
    sink = hall.ask()
    assert read(sink) == "Hello, world."
    assert hall.asked == ["a", "b"]
    assert b"".join(sink.chunks).count(b'"role"') == 1


def test_nothing_but_the_beginning_of_the_answer_is_added_to_the_request() -> None:
    hall = Hall(cut("Hello, ", "wor"), ended("ld."))
    hall.ask()
    first, second = hall.bodies
    assert second["messages"] == [*first["messages"], {"role": "assistant", "content": "Hello, wor"}]


@pytest.mark.parametrize(
    ("form", "in_message", "in_request"),
    [
        ("prefill", {}, {}),
        ("prefix", {"prefix": True}, {}),
        ("partial", {"partial": True}, {}),
        ("final_message", {}, {"continue_final_message": True, "add_generation_prompt": False}),
    ],
)
def test_each_server_is_told_in_its_own_words(
    form: ContinuationForm, in_message: dict[str, Any], in_request: dict[str, Any]
) -> None:
    hall = Hall(cut("Hel"), ended("lo."), form=form)
    assert read(hall.ask()) == "Hello."
    second = hall.bodies[1]
    assert second["messages"][-1] == {"role": "assistant", "content": "Hel", **in_message}
    assert {name: second.get(name) for name in in_request} == in_request


def test_both_legs_are_settled_once_each_and_the_client_is_told_of_both() -> None:
    hall = Hall(cut("Hel"), ended("lo."))
    told = b"".join(hall.ask().chunks)
    first, second = hall.desk.settled
    assert (first.error, second.error) == (CUT, None)
    assert [exchange.attempt and exchange.attempt.target.name for exchange in (first, second)] == ["a/m", "b/m"]
    assert second.usage is not None
    assert (second.usage.input, second.usage.output) == (9, 2)
    assert told.count(b"prompt_tokens") == 1


def test_white_space_and_repetitions_at_the_seam_are_left_out() -> None:
    assert read(Hall(cut("Hello, "), ended(" world.")).ask()) == "Hello, world."
    long = "The harbour lies to the north"
    assert read(Hall(cut(long), ended("The harbour", " lies to the north", " of it.")).ask()) == f"{long} of it."


def test_an_attempt_that_fails_between_two_legs_leaves_no_trace() -> None:
    hall = Hall(cut("Hel"), error_script(503), ended("lo."))
    assert read(hall.ask()) == "Hello."
    assert hall.asked == ["a", "b", "a"]


def test_three_attempts_are_all_that_an_answer_may_cost() -> None:
    hall = Hall(cut("a"), cut("b"), cut("c"), ended("d"))
    told = b"".join(hall.ask().chunks)
    assert len(hall.asked) == 3
    assert b'"error"' in told
    assert b"[DONE]" not in told
    assert [json.loads(body["messages"][-1]["content"] and "1") for body in hall.bodies] == [1, 1, 1]


def test_who_begins_anew_instead_of_going_on_is_an_error_and_not_a_second_text() -> None:
    long = "The harbour lies to the north"
    hall = Hall(cut(long), ended("The harbour lies to the south"), ended("The harbour lies there too"))
    told = b"".join(hall.ask().chunks)
    assert b"south" not in told
    assert b'"error"' in told
    assert b"[DONE]" not in told


def test_the_only_key_is_asked_again() -> None:
    hall = Hall(cut("Hel"), ended("lo."), names="a")
    assert read(hall.ask()) == "Hello."
    assert hall.asked == ["a", "a"]


CALL = {"tool_calls": [{"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": "{"}}]}


@pytest.mark.parametrize(
    ("scripts", "body"),
    [
        ([streamed(*say("Hel"), chunk(CALL), CUT)], CHAT_STREAM_REQUEST),
        (
            [cut("Hel")],
            CHAT_STREAM_REQUEST.replace(b'"stream":', b'"response_format":{"type":"json_object"},"stream":'),
        ),
        ([streamed(*say("Hel"), DragomanError(Kind.INTERNAL, "ours", blame="gateway"))], CHAT_STREAM_REQUEST),
    ],
    ids=["within-a-call", "json", "our-own-fault"],
)
def test_what_cannot_be_gone_on_with_is_an_error(scripts: list[Script], body: bytes) -> None:
    hall = Hall(*scripts, ended("lo."))
    told = b"".join(hall.ask(body).chunks)
    assert hall.asked == ["a"]
    assert b'"error"' in told
    assert b"[DONE]" not in told


def test_by_default_nobody_goes_on() -> None:
    hall = Hall(cut("Hel"), ended("lo."))
    (route,) = hall.desk.board.resolver.routes
    plain = msgspec.structs.replace(route, continues=False)
    hall.desk.board = msgspec.structs.replace(hall.desk.board, resolver=Resolver([plain], [], Target))
    assert b'"error"' in b"".join(hall.ask().chunks)
    assert hall.asked == ["a"]


def test_where_nobody_can_go_on_the_bytes_pass_through_as_ever() -> None:
    script = ended("Hello.")
    hall = Hall(script, form="none")
    assert b"".join(hall.ask().chunks) == b"".join(piece for piece in script.chunks if isinstance(piece, bytes))


def test_a_failure_before_anything_was_said_is_replaced_unseen_as_ever() -> None:
    hall = Hall(DOWN, ended("Hello."))
    assert read(hall.ask()) == "Hello."
    assert len(hall.desk.settled) == 1
    assert Hall(whole()).ask(CHAT_REQUEST).json["choices"]

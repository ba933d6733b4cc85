"""One exchange, from request to settlement, over a scripted transport."""

from __future__ import annotations

import asyncio
import json

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.scripted import Script
from tests.unit.service.desk import (
    ANTHROPIC_REQUEST,
    CHAT_ANSWER,
    CHAT_REQUEST,
    CHAT_STREAM,
    CHAT_STREAM_REQUEST,
    Desk,
    error_script,
    make_provider,
    run,
    streamed,
    whole,
)

CUT = DragomanError(Kind.UNAVAILABLE, "The connection was cut.", blame="upstream", phase="body")


def test_the_same_dialect_goes_through_with_only_the_model_changed() -> None:
    desk = Desk([whole()])
    sink = desk.ask()
    (sent,) = desk.transport.requests
    assert sent.body == CHAT_REQUEST.replace(b'"r"', b'"m"')
    assert sent.target == b"/v1/chat/completions"
    assert (b"authorization", b"Bearer 1") in sent.headers
    assert sink.reply is not None
    assert sink.reply.body == CHAT_ANSWER
    assert (b"x-request-id", b"req-1") in sink.reply.headers
    assert sink.headers[b"x-dragoman-target"] == b"a/m"


def test_another_dialect_is_translated_both_ways_and_metered() -> None:
    desk = Desk([whole()])
    sink = desk.ask(ANTHROPIC_REQUEST, "anthropic_messages")
    assert json.loads(desk.transport.requests[0].body)["messages"] == [{"role": "user", "content": "Hi"}]
    assert sink.json["content"] == [{"type": "text", "text": "Hello!", "citations": None}]
    (exchange,) = desk.settled
    assert exchange.usage is not None
    assert (exchange.usage.input, exchange.usage.output) == (3, 2)
    assert exchange.finish is not None
    assert exchange.finish.reason == "stop"


def test_headers_travel_only_within_a_dialect() -> None:
    beta = ((b"openai-beta", b"x"),)
    desk = Desk([whole(), whole()])
    desk.ask(forwarded=beta)
    desk.ask(ANTHROPIC_REQUEST, "anthropic_messages", forwarded=beta)
    same, other = desk.transport.requests
    assert beta[0] in same.headers
    assert beta[0] not in other.headers


def test_a_stream_passes_as_it_came() -> None:
    desk = Desk([streamed()])
    sink = desk.ask(CHAT_STREAM_REQUEST)
    assert b"".join(sink.chunks) == b"".join(CHAT_STREAM)
    assert sink.is_ended
    assert sink.announced == (True, False)
    (exchange,) = desk.settled
    assert exchange.usage is not None
    assert exchange.usage.output == 2


def test_a_stream_is_translated_event_by_event() -> None:
    desk = Desk([streamed()])
    sink = desk.ask(ANTHROPIC_REQUEST.replace(b"{", b'{"stream":true,', 1), "anthropic_messages")
    text = b"".join(sink.chunks)
    assert text.count(b"event: message_stop") == 1
    assert b"Hello!" in text


@pytest.mark.parametrize(
    "failure",
    [
        error_script(500),
        error_script(429, retry_after="5"),
        error_script(529),
        whole(b"<html>not json</html>"),
        whole(b'{"error":{"message":"late","type":"server_error"}}'),
        DragomanError(Kind.TIMEOUT, "silent", blame="upstream", phase="first_byte"),
    ],
    ids=["500", "429", "529", "html", "error-in-200", "timeout"],
)
def test_a_failing_provider_is_replaced_unseen(failure: Script | DragomanError) -> None:
    answers = {b"a.example": failure, b"b.example": whole()}
    desk = Desk(lambda request: answers[request.origin.host.encode()], make_provider("a"), make_provider("b"))
    sink = desk.ask()
    assert sink.reply is not None
    assert sink.reply.body == CHAT_ANSWER
    assert sink.headers[b"x-dragoman-target"] == b"b/m"
    assert [outcome.error is None for outcome in desk.settled[0].outcomes][-1]


def test_a_stream_that_fails_before_its_first_word_is_replaced_unseen() -> None:
    broken = streamed(
        b": ping\n\n", CHAT_STREAM[0], b'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n'
    )
    desk = Desk([broken, broken, streamed()], make_provider("a"), make_provider("b"))
    sink = desk.ask(CHAT_STREAM_REQUEST)
    assert b"".join(sink.chunks) == b"".join(CHAT_STREAM)
    assert all(answer.closed_early or answer.is_ended for answer in desk.transport.answers)


@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic_messages"])
def test_a_stream_cut_after_its_first_word_ends_in_an_error_and_is_tried_nowhere_else(dialect: str) -> None:
    body = CHAT_STREAM_REQUEST if dialect == "openai_chat" else ANTHROPIC_REQUEST.replace(b"{", b'{"stream":true,', 1)
    desk = Desk([streamed(*CHAT_STREAM[:2], CUT), streamed()], make_provider("a"), make_provider("b"))
    sink = desk.ask(body, dialect)
    text = b"".join(sink.chunks)
    assert b"Hello!" in text
    assert b'"error"' in text
    assert b"[DONE]" not in text
    assert b"message_stop" not in text
    assert sink.is_ended
    assert len(desk.transport.requests) == 1
    assert desk.settled[0].error is not None


def test_a_clean_end_without_a_finish_is_a_cut() -> None:
    sink = Desk([streamed(*CHAT_STREAM[:2])]).ask(CHAT_STREAM_REQUEST)
    assert b'"error"' in b"".join(sink.chunks)


def test_what_a_provider_says_of_a_callers_fault_reaches_the_caller_unmodified() -> None:
    body = b'{"error": {"message": "messages is  too short", "type": "invalid_request_error", "code": "x"}}'
    desk = Desk([error_script(400, body)])
    sink = desk.ask()
    assert sink.reply is not None
    assert sink.reply.status == 400
    assert sink.reply.body == body
    assert len(desk.transport.requests) == 1


def test_strict_refuses_a_loss_and_asks_nobody() -> None:
    desk = Desk([])
    request = ANTHROPIC_REQUEST.replace(b"{", b'{"top_k":5,', 1)
    sink = desk.ask(request, "anthropic_messages", strict=True)
    assert sink.reply is not None
    assert sink.reply.status == 400
    assert "top_k" in sink.json["error"]["message"]
    assert desk.transport.requests == []


def test_without_strict_the_loss_is_named_in_a_header() -> None:
    sink = Desk([whole()]).ask(ANTHROPIC_REQUEST.replace(b"{", b'{"top_k":5,', 1), "anthropic_messages")
    assert b"top_k" in sink.headers[b"x-dragoman-losses"]


def test_what_a_failed_attempt_lost_is_not_told_of_the_next() -> None:
    desk = Desk([error_script(503), whole()], make_provider("a"), make_provider("b"))
    desk.ask(ANTHROPIC_REQUEST.replace(b"{", b'{"top_k":5,', 1), "anthropic_messages")
    (exchange,) = desk.settled
    assert [outcome.error is None for outcome in exchange.outcomes] == [False, True]
    assert [loss.path for loss in exchange.losses] == ["sampling.top_k"]


def test_an_unknown_model_is_told_in_the_callers_dialect() -> None:
    sink = Desk([]).ask(ANTHROPIC_REQUEST.replace(b'"r"', b'"nobody"'), "anthropic_messages")
    assert sink.reply is not None
    assert sink.reply.status == 404
    assert sink.json["type"] == "error"


def test_a_refused_credential_of_ours_is_a_503_that_names_it() -> None:
    sink = Desk([error_script(401)]).ask()
    assert sink.reply is not None
    assert sink.reply.status == 503
    assert "a-1" in sink.json["error"]["message"]


def test_cancellation_closes_the_provider_and_is_settled_as_such() -> None:
    gate = asyncio.Event()
    desk = Desk([streamed(*CHAT_STREAM[:2], gate)])

    async def leave() -> None:
        task = asyncio.ensure_future(desk.serve(CHAT_STREAM_REQUEST))
        while not desk.transport.answers or desk.transport.answers[0].progress_count == 0:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(leave())
    assert desk.transport.answers[0].closed_early
    (exchange,) = desk.settled
    assert exchange.is_cancelled


def test_a_conversation_stays_with_its_key_and_a_rested_key_lends_it() -> None:
    provider = make_provider("a", keys=5)
    desk = Desk(lambda request: whole(), provider)
    bodies = [CHAT_REQUEST.replace(b"Hi", b"task %d" % number) for number in range(8)]
    for _ in range(3):
        for body in bodies:
            desk.ask(body)
    keys = [dict(request.headers)[b"authorization"] for request in desk.transport.requests]
    assert keys[:8] == keys[8:16] == keys[16:]
    assert len(set(keys)) > 2
    resting = provider.credentials[int(keys[0].split()[1]) - 1]
    limited = DragomanError(Kind.RATE_LIMIT, "no", blame="upstream", retry_after_seconds=60.0)
    desk.board.pools["a"].lease(resting, "m", 0, desk.clock.monotonic()).fail(limited, desk.clock.monotonic())
    assert desk.ask(bodies[0]).reply is not None
    assert dict(desk.transport.requests[-1].headers)[b"authorization"] != keys[0]

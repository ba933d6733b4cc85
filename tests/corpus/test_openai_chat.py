"""Every recorded Chat Completions exchange, through the dialect and back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dragoman.dialects.assemble import assemble
from dragoman.dialects.base import Envelope, StreamListener
from dragoman.errors import DragomanError
from dragoman.model.content import Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Response
from tests.corpus.exchanges import read_exchanges
from tests.grammars.openai_chat import check_stream
from tests.reports import without_report
from tests.stream_grammar import check_events
from tests.unit.dialects.openai_chat.normal import essence, normalise_request, normalise_response
from tests.unit.dialects.openai_chat.samples import CLIENT, FAITHFUL, PROVIDER, Fields

pytestmark = pytest.mark.corpus

BROKEN_REQUESTS = {
    "7d414b8951e7bc66": 'sends a temperature of "hot" and was refused with 400',
    "52fcdc3690eae8c3": "sends a user's message without content, and was refused with 400",
}
BROKEN_RESPONSES: dict[str, str] = {}
BROKEN_STREAMS = {
    "f44ef95ad926b892": "has two candidates and tells the end of one",
    "bc81bd3dedf6efe2": "is two answers recorded as one",
}


def _open(exchange: Fields) -> Envelope:
    body = msgspec.json.encode(exchange["request"])
    return CLIENT.open_envelope(body, exchange["model"] or "a-model", None)


# -- requests --------------------------------------------------------------------------------------------------------


def test_every_recorded_request_comes_out_as_it_went_in() -> None:
    def check(exchange: Fields) -> bool:
        losses: list[Loss] = []
        envelope = _open(exchange)
        emitted = PROVIDER.emit_request(CLIENT.parse_request(envelope), FAITHFUL, losses)
        assert losses == [], losses
        return normalise_request(exchange["request"], envelope.model) == normalise_request(
            msgspec.json.decode(emitted.body), envelope.model
        )

    exchanges = [exchange for exchange in read_exchanges("openai-chat") if type(exchange["request"]) is dict]
    _judge("requests", exchanges, BROKEN_REQUESTS, check)


# -- responses -------------------------------------------------------------------------------------------------------


def test_every_recorded_answer_comes_out_as_it_went_in() -> None:
    def check(exchange: Fields) -> bool:
        body = msgspec.json.encode(exchange["response"])
        if "error" in exchange["response"]:
            return _is_refused(lambda: PROVIDER.parse_response(body)) and _is_refused(
                lambda: PROVIDER.read_glance(body)
            )
        losses: list[Loss] = []
        response = PROVIDER.parse_response(body)
        glance = PROVIDER.read_glance(body)
        assert glance.usage == without_report(response.usage)
        assert glance.finish is not None
        assert glance.finish.reason == response.candidates[0].finish.reason
        emitted = CLIENT.emit_response(response, Request("a-model", []), losses)
        assert losses == [], losses
        return normalise_response(exchange["response"]) == normalise_response(msgspec.json.decode(emitted.body))

    exchanges = [
        exchange
        for exchange in read_exchanges("openai-chat")
        if exchange["status"] == 200 and exchange.get("response") is not None
    ]
    _judge("answers", exchanges, BROKEN_RESPONSES, check)


# -- streams ---------------------------------------------------------------------------------------------------------


def test_every_recorded_stream_survives_parsing_and_emitting() -> None:
    def check(exchange: Fields) -> bool:
        data = exchange["sse_text"].encode()
        if "stream_error" in exchange["tags"]:
            return _is_refused(lambda: _parse(data))
        first, events = _parse(data)
        check_events(events)
        losses: list[Loss] = []
        emitter = CLIENT.open_emitter(Request("a-model", [], stream=True), losses)
        emitted = emitter.emit(events)
        check_stream(emitted)
        assert losses == [], losses
        second, _ = _parse(emitted)
        return bool(essence(first) == essence(second)) and _said(first) == _fold(data)

    _judge("streams", _streams(), BROKEN_STREAMS, check)


def test_every_recorded_stream_passes_the_listener_untouched() -> None:
    def check(exchange: Fields) -> bool:
        data = exchange["sse_text"].encode()
        if "stream_error" in exchange["tags"]:
            return _is_refused(lambda: _listen(data))
        parsed, _ = _parse(data)
        listener, passed = _listen(data)
        assert listener.usage == parsed.usage
        assert listener.end is not None
        return bool(passed.rstrip() == data.rstrip())

    _judge("listened streams", _streams(), BROKEN_STREAMS, check)


def _streams() -> list[Fields]:
    return [exchange for exchange in read_exchanges("openai-chat") if exchange.get("sse_text")]


def _parse(data: bytes) -> tuple[Response, list[Any]]:
    parser = PROVIDER.open_parser()
    events = [*parser.feed(data), *parser.finish()]
    return assemble(events), events


def _listen(data: bytes) -> tuple[StreamListener, bytes]:
    envelope = CLIENT.open_envelope(b'{"model":"m","stream_options":{"include_usage":true}}', None, True)
    listener = PROVIDER.open_listener(envelope, FAITHFUL)
    passed = [listener.feed(data[at : at + 97]) for at in range(0, len(data), 97)]
    return listener, b"".join([*passed, listener.finish()])


def _is_refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except DragomanError as error:
        return error.reply is not None
    return False


def _said(response: Response) -> dict[int, tuple[str, list[tuple[str, str]]]]:
    return {
        candidate.index: (
            "".join([part.text for part in candidate.parts if isinstance(part, Text)]),
            [(part.name, part.arguments) for part in candidate.parts if isinstance(part, ToolCall)],
        )
        for candidate in response.candidates
    }


def _fold(data: bytes) -> dict[int, tuple[str, list[tuple[str, str]]]]:
    """Text and calls of a stream, put together without the dialect."""
    texts: dict[int, str] = {}
    calls: dict[int, dict[Any, list[str]]] = {}
    for line in data.replace(b"\r\n", b"\n").split(b"\n"):
        payload = line.removeprefix(b"data:").strip()
        if not line.startswith(b"data:") or payload == b"[DONE]":
            continue
        for choice in msgspec.json.decode(payload).get("choices") or []:
            index = choice.get("index", 0)
            delta = choice.get("delta") or {}
            texts[index] = texts.get(index, "") + _plain(delta.get("content"))
            for place, piece in enumerate(delta.get("tool_calls") or []):
                slot = calls.setdefault(index, {}).setdefault(piece.get("index", place), ["", ""])
                inner = piece.get("function") or piece.get("custom") or {}
                slot[0] += inner.get("name") or ""
                slot[1] += inner.get("arguments") or inner.get("input") or ""
    return {
        index: (text, [(name, args) for name, args in calls.get(index, {}).values()]) for index, text in texts.items()
    }


def _plain(content: Any) -> str:
    if type(content) is list:
        return "".join([part.get("text") or "" for part in content if part.get("type") == "text"])
    return content or ""


# -- errors ----------------------------------------------------------------------------------------------------------


def test_every_recorded_error_is_classified_with_its_status_kept() -> None:
    count = 0
    for exchange in read_exchanges("openai-chat"):
        if exchange["status"] == 200 or exchange.get("response") is None:
            continue
        body = msgspec.json.encode(exchange["response"])
        error = PROVIDER.parse_error(exchange["status"], [], body)
        assert error.status == exchange["status"]
        assert error.reply is not None
        assert error.reply.body == body
        if exchange["status"] in {401, 402, 403}:
            assert error.blame == "gateway"
        if exchange["status"] >= 500 or exchange["status"] == 429:
            assert error.blame == "upstream"
        count += 1
    sys.stdout.write(f"{count} errors classified\n")
    assert count > 50


# -- the tally -------------------------------------------------------------------------------------------------------


def _judge(what: str, exchanges: list[Fields], broken: dict[str, str], check: Callable[[Fields], bool]) -> None:
    """All must be understood, at least 99 % must come out the same; recordings that are themselves broken are named."""
    refused: list[str] = []
    changed: list[str] = []
    for exchange in exchanges:
        try:
            if not check(exchange) and exchange["id"] not in broken:
                changed.append(exchange["id"])
        except (DragomanError, AssertionError) as error:
            if exchange["id"] not in broken:
                refused.append(f"{exchange['id']} {exchange['provider']}: {error}")
    sys.stdout.write(
        f"{len(exchanges)} {what}: {len(changed)} changed {changed}, {len(refused)} refused, {len(broken)} broken\n"
    )
    assert refused == []
    assert len(changed) <= len(exchanges) // 100

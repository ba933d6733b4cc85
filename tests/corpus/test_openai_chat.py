"""Every recorded Chat Completions exchange, through the dialect and back."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dragoman.dialects.assemble import assemble
from dragoman.dialects.base import Envelope, StreamListener
from dragoman.dialects.openai_chat.dialect import ChatClient, ChatProvider
from dragoman.errors import DragomanError
from dragoman.model.content import Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from tests.corpus.exchanges import read_exchanges
from tests.grammars.openai_chat import check_stream
from tests.stream_grammar import check_events

pytestmark = pytest.mark.corpus

CLIENT, PROVIDER = ChatClient(), ChatProvider()
FAITHFUL = Profile(developer_role=True, replay_reasoning=True, cache_control=True)
Fields = dict[str, Any]

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


def _without_nulls(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


# -- requests --------------------------------------------------------------------------------------------------------


def normalise_request(body: Fields, model: str) -> Fields:
    """What a request may look like after it went through the model."""
    body = _without_nulls(copy.deepcopy(body))  # null and absent mean the same
    body.setdefault("model", model)  # Azure has it in the path
    if not body.get("stream", True):
        del body["stream"]  # so do false and absent
    if body.get("stream"):
        body.setdefault("stream_options", {})["include_usage"] = True  # the meter asks for usage in any case
    body["messages"] = [_normalise_message(message) for message in body["messages"]]
    for tool in body.get("tools", []):
        if "function" in tool:
            tool.setdefault("type", "function")  # the payload's name tells the type
            tool["function"] = _without_nulls(tool["function"])
    return body


def _normalise_message(message: Fields) -> Fields:
    message = _without_nulls(message)
    for call in message.get("tool_calls", []):
        function = call.get("function", {})
        function["arguments"] = function.get("arguments") or "{}"  # no arguments are written as an empty object
    if type(message.get("content")) is list:
        message["content"] = [_without_nulls(part) for part in message["content"]]
    return message


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


def normalise_response(body: Fields) -> Fields:
    """What an answer may look like after it went through the model."""
    body = _without_nulls(copy.deepcopy(body))  # null and absent mean the same
    body["object"] = "chat.completion"  # some servers leave it out
    body.setdefault("created", 0)
    for position, choice in enumerate(body["choices"]):
        choice.update(_without_nulls(choice))
        message = choice["message"] = _without_nulls(choice.get("message", {}))  # Azure leaves out what it filtered
        message["role"] = "assistant"
        message.setdefault("content", "")
        if not message.get("annotations"):
            message.pop("annotations", None)  # none and an empty list mean the same
        for name in [name for name, value in choice.items() if value is None]:
            del choice[name]
        choice.setdefault("index", position)
        choice["finish_reason"] = choice.get("finish_reason") or "stop"  # a client always gets one of OpenAI's words
        for place, call in enumerate(message.get("tool_calls", [])):
            call["id"] = call.get("id") or f"made-up-{place}"
            call.setdefault("type", "function")
            function = call.get("function", {})
            function["arguments"] = function.get("arguments") or "{}"  # as in requests
    return body


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
        assert glance.usage == response.usage
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
        return bool(_essence(first) == _essence(second)) and _said(first) == _fold(data)

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


def _essence(response: Response) -> Any:
    """What must survive: all but the name of the field in which reasoning stood and the spelling of no arguments."""
    built = msgspec.to_builtins(response)
    for candidate in built["candidates"]:
        for part in candidate["parts"]:
            if part["type"] == "tool_call":
                part["arguments"] = part["arguments"] or "{}"
    return built


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

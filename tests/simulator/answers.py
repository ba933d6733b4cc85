"""From a call to a reply: which answer an operation gives, before anything goes wrong with its bytes."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import NamedTuple

from tests.simulator import bedrock
from tests.simulator.complaint import ComplaintError, refuse, retry_headers, scripted_complaint
from tests.simulator.dialect import Call, Dialect, letters
from tests.simulator.journal import Outcome
from tests.simulator.operations import OPERATIONS as TOLD
from tests.simulator.operations import make_vector
from tests.simulator.reply import Piece, Reply, encode, frame_amazon, frame_array, frame_ping, frame_stream
from tests.simulator.say import JSON, Tokens
from tests.simulator.scripts import Script
from tests.simulator.turn import build_turn, count_input

MAX_EMBEDDING_INPUTS = 2_048
MAX_DIMENSIONS = 4_096

JSON_TYPE = "application/json"
STREAM_TYPE = "text/event-stream; charset=utf-8"
STREAM_TYPES = {"events": STREAM_TYPE, "array": JSON_TYPE, "amazon": "application/vnd.amazon.eventstream"}
REFUSAL_HEADERS = {bedrock.NAME: bedrock.refusal_headers}


class Asked(NamedTuple):
    """A call with all that answering it takes."""

    dialect: Dialect
    call: Call
    script: Script
    number: int
    now: float
    models: tuple[str, ...]


class Answer(NamedTuple):
    """A reply, the tokens that it costs when it is given whole, and by how many events with content that is."""

    reply: Reply
    usage: Tokens = Tokens()
    content_events: int = 0


def request_id(number: int) -> str:
    """The provider's own name for a request."""
    return f"req_{letters(24, 'request', number)}"


def build_answer(asked: Asked) -> Answer:
    """The answer to a good request."""
    fault = asked.script.fault
    if fault.is_refusal:
        return build_refusal(asked, scripted_complaint(fault))
    return OPERATIONS[asked.call.operation](asked)


def build_refusal(asked: Asked, complaint: ComplaintError) -> Answer:
    """An error in the dialect's shape."""
    dialect = asked.dialect
    data = encode(dialect.error(complaint, request_id(asked.number)), dialect.INDENT)
    if asked.call.stream == "array":
        data = b"[" + data.rstrip() + b"]\n"
    headers = _headers(dialect, asked.number, JSON_TYPE) | retry_headers(asked.script.fault, asked.now)
    if dialect.NAME in REFUSAL_HEADERS:
        headers |= REFUSAL_HEADERS[dialect.NAME](complaint)
    return Answer(Reply(complaint.status, headers, [Piece(data, "error")], outcome="refused"))


def _generate(asked: Asked) -> Answer:
    dialect, call, fault = asked.dialect, asked.call, asked.script.fault
    turn = build_turn(dialect, call, asked.script.say, fault, number=asked.number, now=asked.now)
    if not call.stream:
        return _json(asked, dialect.answer(turn), turn.usage)
    events = list(dialect.events(turn))
    content_events = sum(event.content for event in events)
    outcome: Outcome = "complete"
    if fault.error_after_event is not None:
        sent = events[: fault.error_after_event]
        events = [*sent, *dialect.error_events(scripted_complaint(fault), turn, sent)]
        outcome = "failed"
    if call.stream == "amazon":
        pieces = frame_amazon(events)
    elif call.stream == "array":
        pieces = frame_array(events)
    else:
        pieces = frame_stream(events, dialect.LINE_END, dialect.PING, fault)
    ping = frame_ping(dialect.PING, dialect.LINE_END, fault)
    headers = _headers(dialect, asked.number, STREAM_TYPES[call.stream])
    reply = Reply(200, headers, pieces, is_stream=True, ping=ping, outcome=outcome)
    return Answer(reply, turn.usage, content_events)


def _count(asked: Asked) -> Answer:
    return _json(asked, asked.dialect.count(count_input(asked.call)))


def _list_models(asked: Asked) -> Answer:
    return _json(asked, asked.dialect.models(asked.models))


def _embed(asked: Asked) -> Answer:
    """Vectors that depend on nothing but the text."""
    body = asked.call.body
    given = body.get("input")
    inputs = given if isinstance(given, list) and not all(isinstance(item, int) for item in given) else [given]
    if not inputs or len(inputs) > MAX_EMBEDDING_INPUTS or not all(inputs):
        raise refuse("'input' must be a string or an array of strings that are not empty.", "input")
    dimensions = body.get("dimensions", 8)
    if not isinstance(dimensions, int) or not 1 <= dimensions <= MAX_DIMENSIONS:
        raise refuse(f"'dimensions' must lie between 1 and {MAX_DIMENSIONS}.", "dimensions")
    usage = Tokens(input=count_input(asked.call))
    vectors = [make_vector(value, dimensions) for value in inputs]
    packed = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _pack(vector) if packed else vector}
        for index, vector in enumerate(vectors)
    ]
    counts = {"prompt_tokens": usage.input, "total_tokens": usage.input}
    return _json(asked, {"object": "list", "data": data, "model": asked.call.model, "usage": counts}, usage)


def _pack(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _tell(asked: Asked) -> Answer:
    """What `operations.py` has decided, in the form that it has."""
    dialect, fault = asked.dialect, asked.script.fault
    told = TOLD[asked.call.operation](asked.call)
    if isinstance(told.data, bytes):
        headers = _headers(dialect, asked.number, told.content_type)
        return Answer(Reply(200, headers, [Piece(told.data, "body", content=True)]), told.usage, 1)
    if isinstance(told.data, list):
        pieces = frame_stream(told.data, dialect.LINE_END, dialect.PING, fault)
        reply = Reply(200, _headers(dialect, asked.number, STREAM_TYPE), pieces, is_stream=True)
        return Answer(reply, told.usage, sum(event.content for event in told.data))
    return _json(asked, told.data, told.usage)


OPERATIONS: dict[str, Callable[[Asked], Answer]] = {
    "generate": _generate,
    "count": _count,
    "embed": _embed,
    "models": _list_models,
    **dict.fromkeys(TOLD, _tell),
}


def _json(asked: Asked, data: JSON, usage: Tokens = Tokens()) -> Answer:  # noqa: B008 — frozen
    headers = _headers(asked.dialect, asked.number, JSON_TYPE)
    return Answer(Reply(200, headers, [Piece(encode(data, asked.dialect.INDENT), "body", content=True)]), usage, 1)


def _headers(dialect: Dialect, number: int, content_type: str) -> dict[str, str]:
    return {"content-type": content_type} | dialect.headers(request_id(number))

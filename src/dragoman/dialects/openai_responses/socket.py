"""The WebSocket mode of this dialect: requests and answers as messages of one connection, all JSON.

A request is the body of a `POST` with a type; an answer is the events of a stream, each a message. Requests may name a
lane (`stream_id`), which their events repeat. What went wrong before a stream began is an event too, with the status
that it would have had.
Spec: https://developers.openai.com/api/docs/guides/websocket-mode, read November 2026.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from dragoman.dialects.openai_responses.answers import ENDINGS, change_event, read_type
from dragoman.dialects.openai_responses.stored import read_terminal, refuse
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.wire.json_document import JsonDocument, decode_value, encode_json
from dragoman.wire.json_read import Fields
from dragoman.wire.sse import SseDecoder, SseFrame

CREATE: Final = "response.create"
STEER: Final = "response.steer"
MAX_LANE_NAME: Final = 64
MAX_EVENT_BYTES: Final = 64 * 1024 * 1024

_NOT_OF_A_REQUEST: Final[dict[str, bytes | None]] = {
    "type": None,
    "stream_id": None,
    "generate": None,
    "background": None,
    "stream": b"true",
}
"""What only the connection is told; every answer is a stream."""

_LAST: Final = ENDINGS | {"error"}
_WHOLE: Final = ENDINGS | {"response.created", "response.queued", "response.in_progress"}


class ClientEvent(NamedTuple):
    """What a client wants. `lane` is None where it names none."""

    kind: str
    lane: str | None
    document: JsonDocument


def read_event(message: bytes) -> ClientEvent:
    """One message of a client."""
    document = JsonDocument(message)
    kind, lane = document.read("type"), document.read("stream_id")
    if type(kind) is not str:
        raise invalid("This field is required and must be a string.", "type")
    if lane is not None and not (type(lane) is str and 0 < len(lane) <= MAX_LANE_NAME):
        raise invalid(f"This field must be a string of 1 to {MAX_LANE_NAME} characters.", "stream_id")
    return ClientEvent(kind, lane, document)


def build_body(document: JsonDocument) -> bytes:
    """The request as it would have been posted."""
    return document.patch(_NOT_OF_A_REQUEST)


def is_warm_up(document: JsonDocument) -> bool:
    """Whether nothing is to be answered, only an id given that later requests can continue."""
    return document.read("generate") is False


# -- answers ---------------------------------------------------------------------------------------------------------


class AnswerReader:
    """One answer's stream as messages. `ending` is the answer once it is over; whatever its provider still does after
    that is not told, since the next message belongs to the next answer. The first message also carries what a `POST` is
    told in headers."""

    def __init__(self, lane: str | None, changes: dict[str, bytes | None]) -> None:
        self.ending: bytes | None = None
        self.headers: dict[str, str] = {}
        self._lane: dict[str, bytes | None] = {} if lane is None else {"stream_id": encode_json(lane)}
        self._changes = changes
        self._decoder = SseDecoder(MAX_EVENT_BYTES)
        self._is_over = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The messages that are whole now."""
        return self._read(self._decoder.feed(chunk))

    def finish(self) -> list[bytes]:
        """The rest."""
        return self._read(self._decoder.finish())

    def _read(self, frames: list[SseFrame]) -> list[bytes]:
        messages: list[bytes] = []
        for frame in frames:
            kind = read_type(frame.data) if frame.data is not None else ""
            if frame.data is None or not kind or self._is_over:
                continue
            messages.append(self._tell(frame.data, kind))
            self._is_over = kind in _LAST
        return messages

    def _tell(self, data: bytes, kind: str) -> bytes:
        if kind == "error":
            data = _nest_error(data)
        elif kind in _WHOLE and self._changes:
            data = self._change(data, kind)
        elif kind in ENDINGS:
            self.ending = _read_answer(data)
        if not (self._lane or self.headers):
            return data
        added = self._lane
        if self.headers:
            added = added | {"headers": encode_json(self.headers)}
            self.headers = {}
        return JsonDocument(data).patch(added)

    def _change(self, data: bytes, kind: str) -> bytes:
        try:
            changed, answer = change_event(data, self._changes)
        except DragomanError:
            return data
        if kind in ENDINGS:
            self.ending = answer
        return changed


def _read_answer(data: bytes) -> bytes | None:
    try:
        return read_terminal(data)
    except msgspec.DecodeError:
        return None


def _nest_error(data: bytes) -> bytes:
    """An `error` event of a stream has its fields beside the event's own; here they stand in an object."""
    fields = decode_value(data)
    if type(fields.get("error")) is dict:
        return data
    error = {"type": "server_error"} | {name: fields.get(name) for name in ("code", "message", "param")}
    return encode_json({"type": "error", "sequence_number": fields.get("sequence_number"), "error": error})


def emit_failure(status: int, body: bytes, headers: dict[str, str], lane: str | None) -> bytes:
    """An error answer as a message."""
    try:
        given = JsonDocument(body).read("error")
    except DragomanError:
        given = None
    error: Fields = given if type(given) is dict else {"message": "The provider's answer is no JSON.", "type": "error"}
    event: Fields = {"type": "error", "status": status, "error": error}
    if headers:  # SDKs look for them in the error, Codex beside it
        event |= {"error": {**error, "headers": headers}, "headers": headers}
    return encode_json(_name_lane(event, lane))


def emit_warm_up(begun: bytes, lane: str | None) -> tuple[list[bytes], bytes]:
    """What is told of a request to which nothing is answered, out of the first event of a stream; and that answer."""
    frame = SseDecoder(len(begun) + 1).feed(begun)[0]
    first = decode_value(frame.data or b"")
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    answer = first["response"] | {"status": "completed", "usage": usage | details, "store": False}
    events = [
        {"type": "response.created", "sequence_number": 0, "response": first["response"] | {"store": False}},
        {"type": "response.completed", "sequence_number": 1, "response": answer},
    ]
    return [encode_json(_name_lane(event, lane)) for event in events], encode_json(answer)


def emit_steer_refusal(document: JsonDocument) -> bytes:
    """A response is not steered while it is being written."""
    error = {
        "type": "invalid_request_error",
        "code": "steering_not_supported",
        "message": "This gateway does not steer responses; send the input with the next `response.create`.",
    }
    steer = {"input": document.read("input"), "previous_response_id": document.read("previous_response_id")}
    return encode_json({"type": "response.steer.failed", "sequence_number": 0, "error": error, "steer": steer})


def _name_lane(event: dict[str, Any], lane: str | None) -> dict[str, Any]:
    return event if lane is None else event | {"stream_id": lane}


# -- refusals --------------------------------------------------------------------------------------------------------


def connection_too_old(minutes: int) -> DragomanError:
    """A connection is not kept for ever."""
    message = (
        f"Responses websocket connection limit reached ({minutes} minutes). "
        "Create a new websocket connection to continue."
    )
    return refuse(Kind.INVALID_REQUEST, 400, message, None, "websocket_connection_limit_reached")


def too_many_lanes(limit: int) -> DragomanError:
    """More names than one connection may have."""
    message = f"A connection has {limit} streams at most. Create another websocket connection."
    return refuse(Kind.INVALID_REQUEST, 400, message, "stream_id", "websocket_stream_limit_reached")


def too_many_waiting(limit: int) -> DragomanError:
    """More requests than may wait for their turn."""
    message = f"{limit} requests of this connection wait for their turn already."
    return refuse(Kind.RATE_LIMIT, 429, message, None, "websocket_queue_full")


def unknown_event(kind: str) -> DragomanError:
    """Nothing that a client can want."""
    return refuse(Kind.INVALID_REQUEST, 400, f"Unknown event type '{kind[:64]}'.", "type", "unknown_event_type")


def no_text() -> DragomanError:
    """A message that is not text."""
    return refuse(Kind.INVALID_REQUEST, 400, "Messages must be text.", None, "invalid_message")

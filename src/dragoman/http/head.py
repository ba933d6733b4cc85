"""What the gateway reads out of a request's headers, in one pass: credential, host, and what may travel on."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs

import msgspec

from dragoman.errors import invalid
from dragoman.routing.target import HeaderPairs
from dragoman.telemetry.trace_context import MAX_STATE_BYTES, TRACEPARENT, TRACESTATE

_FORWARDED_PREFIXES = (b"anthropic-", b"openai-", b"x-claude-code-", b"x-client-request-id")
_NOT_FORWARDED = frozenset({b"openai-organization", b"openai-project"})  # they belong to the client's own account
_HINT_PREFIX = b"x-dragoman-"
MAX_TRACE = 128
_HINTS = frozenset({b"session_id", b"session-id", b"conversation_id", b"x-session-id", b"x-session-affinity"})
_HINTS |= {b"x-opencode-session", b"x-task-id"}  # which conversation it is, as agents say it
_CARRIERS = frozenset({b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key"})


class Head(msgspec.Struct):
    """The few headers that matter. `credential` is a secret: it goes to the authenticator and nowhere else."""

    credential: str | None = None
    host: bytes = b""
    origin: bytes = b""
    content_length: int | None = None
    content_encoding: bytes = b""
    strict: bool = False
    has_goog_header: bool = False  # Google's own SDKs announce themselves
    asked_model: str | None = None  # where a dialect names the model in a header
    asks_stream: bool = False
    wants_websocket: bool = False
    accept: bytes = b""  # read for pages alone
    idempotency_key: str | None = None
    trace: str = ""  # where the request stands in a trace of its client's
    trace_state: bytes = b""
    forwarded: HeaderPairs = ()
    hints: HeaderPairs = ()  # for routing alone

    def __repr__(self) -> str:
        return f"<Head host={self.host!r}>"


def read_head(headers: Iterable[tuple[bytes, bytes]], query: bytes) -> Head:
    """One pass over the headers; two different credentials are refused, whichever way they came."""
    head = Head()
    credentials: list[str] = []
    forwarded: list[tuple[bytes, bytes]] = []
    hints: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        read = _READERS.get(name)
        if read is not None:
            read(head, value)
        elif name in _CARRIERS:
            credential = _read_carrier(name, value)
            if credential and credential not in credentials:
                credentials.append(credential)
        elif name.startswith(_FORWARDED_PREFIXES) and name not in _NOT_FORWARDED:
            forwarded.append((name, value))
        elif name in _HINTS or name.startswith(_HINT_PREFIX):
            hints.append((name, value))
    if b"key=" in query:
        credentials += [key for key in parse_qs(query.decode("latin-1")).get("key", []) if key not in credentials]
    if len(credentials) > 1:
        raise invalid("Two different credentials came with this request; send one.")
    head.credential = credentials[0] if credentials else None
    head.forwarded = tuple(forwarded)
    head.hints = tuple(hints)
    return head


def read_accept(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """What kinds of answer the caller would like."""
    return b",".join(value for name, value in headers if name == b"accept")


def _read_carrier(name: bytes, value: bytes) -> str:
    text = value.decode("latin-1").strip()
    if name != b"authorization":
        return text
    scheme, _, token = text.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _read_host(head: Head, value: bytes) -> None:
    head.host = value


def _read_origin(head: Head, value: bytes) -> None:
    head.origin = value


def _read_content_length(head: Head, value: bytes) -> None:
    if not value.isdigit():
        raise invalid("The content-length header is no number.")
    head.content_length = int(value)


def _read_content_encoding(head: Head, value: bytes) -> None:
    head.content_encoding = value.strip().lower()


def _read_strict(head: Head, value: bytes) -> None:
    head.strict = value.strip().lower() in {b"true", b"1", b"yes"}


def _read_goog(head: Head, value: bytes) -> None:
    head.has_goog_header = bool(value)


def _read_asked_model(head: Head, value: bytes) -> None:
    head.asked_model = value.decode("utf-8", "replace").strip()


def _read_asks_stream(head: Head, value: bytes) -> None:
    head.asks_stream = value.strip().lower() == b"true"


def _read_upgrade(head: Head, value: bytes) -> None:
    head.wants_websocket = value.strip().lower() == b"websocket"


def _read_idempotency_key(head: Head, value: bytes) -> None:
    head.idempotency_key = value.decode("latin-1").strip()


def _read_trace(head: Head, value: bytes) -> None:
    head.trace = value.decode("latin-1")[:MAX_TRACE]


def _read_trace_state(head: Head, value: bytes) -> None:
    head.trace_state = value if len(value) <= MAX_STATE_BYTES else b""


_READERS = {
    b"host": _read_host,
    b"origin": _read_origin,
    b"content-length": _read_content_length,
    b"content-encoding": _read_content_encoding,
    b"x-dragoman-strict": _read_strict,
    b"x-goog-api-client": _read_goog,
    b"idempotency-key": _read_idempotency_key,
    b"upgrade": _read_upgrade,
    TRACEPARENT: _read_trace,
    TRACESTATE: _read_trace_state,
    b"ai-language-model-id": _read_asked_model,
    b"ai-model-id": _read_asked_model,
    b"ai-language-model-streaming": _read_asks_stream,
}

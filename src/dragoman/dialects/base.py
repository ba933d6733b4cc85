"""What a dialect can do, in two halves. One may be missing: a dialect that only clients speak, or only providers.

Everything here is pure: bytes and data in, bytes and data out, never a clock, a socket or a secret. Errors are
`DragomanError`s; those of a provider's answer carry blame `upstream`. Whatever a translation cannot carry is appended
to the `losses` it is given, with a path in the caller's own terms.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from dragoman.errors import DragomanError
from dragoman.model.card import ModelCard
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Finish, Response
from dragoman.model.stream import StreamEvent
from dragoman.model.usage import Usage
from dragoman.wire.json_document import JsonDocument

Operation = Literal[
    "generate",
    "count_tokens",
    "forward",
    "response",
    "response_input_items",
    "response_cancel",
    "conversations",
    "conversation",
    "conversation_items",
    "conversation_item",
    "generation",
    "credits",
    "report",
    "files",
    "file",
    "file_content",
    "cached_contents",
    "cached_content",
]


class WireRequest(msgspec.Struct, frozen=True, gc=False):
    """A request in a provider's words. `path` starts with a slash and is joined to the provider's base URL;
    `headers` are those that the dialect itself demands (`anthropic-version`), not credentials."""

    path: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    content_type: bytes = b"application/json"


class WireReply(msgspec.Struct, frozen=True, gc=False):
    """An answer in a client's words."""

    status: int
    body: bytes
    content_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    as_event: bytes = b""  # the same in a stream, where one may have been opened before this is told


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """The little that must be known of a request before anything is decided. `document` is the body, unparsed."""

    model: str
    stream: bool
    document: JsonDocument
    is_recalled: bool = False  # earlier turns, of whichever provider, were put in front of it


class Glance(msgspec.Struct, frozen=True, gc=False):
    """What the meter needs of an answer that is passed on untouched."""

    usage: Usage | None
    finish: Finish | None
    model: str | None = None
    id: str | None = None
    is_json: bool = True  # else only the provider's header tells what it is


# -- streams ---------------------------------------------------------------------------------------------------------


class StreamParser(Protocol):
    """A provider's stream, turned into events. State of one stream; never reused."""

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        """The events that `chunk` completes. Raises on an error event or on anything malformed."""
        ...

    def finish(self) -> list[StreamEvent]:
        """The bytes have ended. Returns the last events; raises if the stream was cut before its proper end."""
        ...


class StreamListener(Protocol):
    """A provider's stream, passed on as it is while the meter listens. State of one stream; never reused."""

    is_meaningful: bool  # something that a client would show or act on has arrived since the reader reset this
    usage: Usage | None
    end: Finish | None  # the finish reason, once one has been seen
    response_id: str | None

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that may go to the client now: whole events only. Raises as `StreamParser.feed` does."""
        ...

    def finish(self) -> bytes:
        """The bytes have ended; as `StreamParser.finish`."""
        ...


class StreamEmitter(Protocol):
    """Events, turned into a client's stream. State of one stream; never reused."""

    def emit(self, events: list[StreamEvent]) -> bytes:
        """The bytes for these events; may be empty."""
        ...

    def fail(self, error: DragomanError) -> bytes:
        """The bytes that tell the client that the stream has failed, after its headers have gone. Never looks like
        a proper end."""
        ...


# -- the two halves --------------------------------------------------------------------------------------------------


class ClientSide(Protocol):
    """Understands requests of clients and answers them in their words."""

    name: str
    stream_content_type: bytes
    heartbeat: bytes | None  # bytes that may be sent at any time between events and mean nothing

    def open_envelope(self, body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
        """Read model and stream flag; `path_*` are what the URL said, in dialects that put them there."""
        ...

    def parse_request(self, envelope: Envelope) -> Request: ...

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply: ...

    def open_emitter(self, request: Request, losses: list[Loss]) -> StreamEmitter: ...

    def emit_error(self, error: DragomanError) -> WireReply:
        """An error before anything was sent. A `reply` in this same dialect is passed on unmodified."""
        ...

    def emit_stream_error(self, error: DragomanError) -> bytes:
        """An error in a stream that was passed on as it came; the same bytes as `StreamEmitter.fail` on a fresh one."""
        ...

    def emit_token_count(self, count: int) -> WireReply: ...

    def emit_models(self, cards: list[ModelCard]) -> WireReply: ...

    def emit_model(self, card: ModelCard) -> WireReply: ...


class ProviderSide(Protocol):
    """Asks providers in their words and understands their answers."""

    name: str

    def emit_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest: ...

    def patch_request(self, envelope: Envelope, model: str, profile: Profile) -> WireRequest:
        """The client's own bytes for a provider of the same dialect: only what must change is changed."""
        ...

    def parse_response(self, body: bytes) -> Response: ...

    def read_glance(self, body: bytes) -> Glance:
        """Usage and finish of an answer that is passed on; raises if it is no answer of this dialect."""
        ...

    def open_parser(self) -> StreamParser: ...

    def open_listener(self, envelope: Envelope, profile: Profile) -> StreamListener: ...

    def parse_error(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> DragomanError:
        """A provider's error answer, classified by status and structured code; its bytes ride in `reply`."""
        ...

    def emit_count_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest | None:
        """A request for the provider's own token count; None where the dialect has none."""
        ...

    def parse_token_count(self, body: bytes) -> int: ...


class Dialect(msgspec.Struct, frozen=True):
    """Both halves under one name. An operation beside chat names the dialects whose providers may have it as it is, its
    `carriers`, and for other dialects the provider's half that it is translated to, its `crossings`."""

    name: str
    client: ClientSide | None
    provider: ProviderSide | None
    carriers: tuple[str, ...] = ()
    crossings: dict[str, ProviderSide] = {}

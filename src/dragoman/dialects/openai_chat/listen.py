"""A provider's stream passed on as it is, while the meter listens.

Only whole events go on, each after it was looked at, so that a client never gets a broken event or the `[DONE]` of an
answer that was cut. Usage that the gateway asked for and the client did not is heard and held back.

Theory of operation: events are glanced at through typed structs that skip all that they do not name. In almost every
call the bytes that came complete go on as they are; only when an event must not go on are they cut, by searching for
the event's own data in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from dragoman.dialects.openai_chat.errors import parse_inline_error
from dragoman.dialects.openai_chat.finish import parse_finish
from dragoman.dialects.openai_chat.stream_parse import decode_chunk, make_truncated
from dragoman.dialects.openai_chat.usage import parse_usage
from dragoman.dialects.openai_chat.wire import DONE
from dragoman.errors import DragomanError
from dragoman.model.profile import Profile
from dragoman.model.response import Finish
from dragoman.model.usage import Usage, note_tier
from dragoman.wire.json_document import check_utf8
from dragoman.wire.sse import SseDecoder, SseFrame, split_frames

D = TypeVar("D")


class _Delta(msgspec.Struct, gc=False):
    """All that a client would show or act on."""

    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    reasoning_details: Any = None
    refusal: Any = None
    tool_calls: Any = None
    function_call: Any = None
    audio: Any = None
    images: Any = None


class _LaterDelta(msgspec.Struct, gc=False):
    """What still counts once something was said: a call turns "stop" into a truer word."""

    tool_calls: Any = None


class _Choice(msgspec.Struct, Generic[D], gc=False):
    index: int | None = 0
    delta: D | None = None
    message: D | None = None
    finish_reason: str | None = None


class _Groq(msgspec.Struct, gc=False):
    usage: dict[str, Any] | None = None


class _Chunk(msgspec.Struct, Generic[D], gc=False):
    choices: list[_Choice[D]] | None = None
    usage: dict[str, Any] | None = None
    error: Any = None
    x_groq: _Groq | None = None
    id: str | None = None


class _Tier(msgspec.Struct, gc=False):
    """Read once, beside the usage."""

    service_tier: Any = None


_decode_tier = msgspec.json.Decoder(_Tier).decode
_decode_first = msgspec.json.Decoder(_Chunk[_Delta]).decode
_decode_later = msgspec.json.Decoder(_Chunk[_LaterDelta]).decode


class ChatStreamListener:
    """State of one stream. `hides_usage`: the client did not ask for the chunk that tells the usage."""

    def __init__(self, profile: Profile, *, hides_usage: bool) -> None:
        self.is_meaningful = False
        self.usage: Usage | None = None
        self.end: Finish | None = None
        self.response_id: str | None = None
        self._profile = profile
        self._hides_usage = hides_usage
        self._decoder = SseDecoder()
        self._failure: DragomanError | None = None
        self._seen: set[int] = set()
        self._finished: set[int] = set()
        self._known: set[int | None] = set()  # candidates that need no closer look until they finish
        self._has_spoken = False  # `is_meaningful` once, for good: whoever reads that resets it
        self._has_calls = False
        self._has_refusal = False
        self._is_plain = False  # all that came last is ASCII
        self._decode: Callable[[bytes], _Chunk[Any]] = _decode_first

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that may go on. What is good before a bad event goes on first; the error is raised next time."""
        if self._failure is not None:
            raise self._failure
        try:
            frames = self._decoder.feed(chunk)
        except DragomanError as error:
            self._failure = error
            raise
        passed, failure = self._pass_on(frames)
        self._failure = failure
        if failure is not None and not passed:
            raise failure
        return passed

    def finish(self) -> bytes:
        """The last bytes; raises if the stream was cut."""
        if self._failure is not None:
            raise self._failure
        passed, failure = self._pass_on(self._decoder.finish())
        if failure is None and not self._is_finished():
            failure = make_truncated()
        if failure is not None:
            self._failure = failure
            raise failure
        return passed

    def _pass_on(self, frames: list[SseFrame]) -> tuple[bytes, DragomanError | None]:
        """Look at each event; cut out those that must not go on, and all after one that is bad."""
        hidden: set[int] = set()
        failure: DragomanError | None = None
        self._is_plain = self._decoder.complete.isascii()
        for position, frame in enumerate(frames):
            if frame.data is None:
                continue
            try:
                if not self._listen(frame, frame.data):
                    hidden.add(position)
            except DragomanError as error:
                failure = error
                hidden.update(range(position, len(frames)))
                break
        complete = self._decoder.complete
        if not hidden:
            return complete, failure
        events = split_frames(complete)
        return b"".join([event for position, event in enumerate(events) if position not in hidden]), failure

    def _listen(self, frame: SseFrame, data: bytes) -> bool:
        """Hear one event; whether it may go on."""
        if len(data) < 16 and data.strip() == DONE:
            self._hear_done()
            return True
        try:
            chunk = self._decode(data) if self._is_plain else self._decode_foreign(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            decode_chunk(data)  # raises, unless it is JSON and only its shape is odd
            return True
        if chunk.error or frame.event == b"error":
            raise parse_inline_error(decode_chunk(data), data, "stream")
        if chunk.choices:
            self.is_meaningful = self.is_meaningful or self._has_spoken
            for choice in chunk.choices:
                if choice.finish_reason or choice.index not in self._known:
                    self._hear_choice(choice, chunk)
                elif choice.delta is not None and choice.delta.tool_calls:
                    self._has_calls = True
        elif chunk.choices is None:
            _check_odd(data)
        if chunk.usage is None and chunk.x_groq is None:
            return True
        return self._hear_usage(chunk, data)

    def _decode_foreign(self, data: bytes) -> _Chunk[Any]:
        check_utf8(data)
        return self._decode(data)

    def _hear_done(self) -> None:
        if not self._is_finished() and not (self._seen and self._profile.done_without_finish):
            raise make_truncated()
        self._finished |= self._seen

    def _hear_usage(self, chunk: _Chunk[Any], data: bytes) -> bool:
        """Usage so far; whether the event may go on: one that holds nothing else is for who asked for it."""
        usage = chunk.usage
        if usage is None and chunk.x_groq is not None:
            usage = chunk.x_groq.usage
        told = parse_usage(usage)
        if told is not None:
            self.usage = note_tier(told, _decode_tier(data).service_tier) if b'"service_tier"' in data else told
        return usage is None or bool(chunk.choices) or not self._hides_usage

    def _hear_choice(self, choice: _Choice[Any], chunk: _Chunk[Any]) -> None:
        delta = choice.delta or choice.message
        if delta is not None:
            if not self._has_spoken:
                self._hear_first(delta, chunk)
            if delta.tool_calls:
                self._has_calls = True
        index = choice.index or 0
        self._seen.add(index)
        if self._has_spoken:
            self._known.add(choice.index)
        if choice.finish_reason:
            self._finished.add(index)
            if self.end is None:
                self.end = parse_finish(
                    choice.finish_reason, {}, has_calls=self._has_calls, has_refusal=self._has_refusal
                )

    def _hear_first(self, delta: _Delta, chunk: _Chunk[Any]) -> None:
        """Up to the first thing that a client would show, everything is looked at."""
        if self.response_id is None and chunk.id:
            self.response_id = chunk.id
        self._has_refusal = bool(delta.refusal)
        if _says_something(delta):
            self.is_meaningful = self._has_spoken = True
            self._decode = _decode_later

    def _is_finished(self) -> bool:
        return bool(self._seen) and self._seen == self._finished


def _check_odd(data: bytes) -> None:
    """An event without choices may be an error that has no `error`."""
    fields = decode_chunk(data)
    if fields.get("object") == "error":
        raise parse_inline_error(fields, data, "stream")


def _says_something(delta: _Delta) -> bool:
    """Whether a client would show it or act on it."""
    return bool(
        delta.content
        or delta.tool_calls
        or delta.reasoning_content
        or delta.reasoning
        or delta.reasoning_details
        or delta.refusal
        or delta.function_call
        or delta.audio
        or delta.images
    )

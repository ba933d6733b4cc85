"""A provider's stream into events.

Theory of operation: a chunk is decoded to plain dicts; each choice's delta goes to its `Speaker`. Candidates end only
when the stream does, at `[DONE]` or with the last byte: some servers say more after a finish reason (a second finish
with usage, a last piece of text). The end is proper only if every candidate seen was given a finish reason.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import msgspec

from dragoman.dialects.openai_chat.errors import parse_inline_error
from dragoman.dialects.openai_chat.finish import parse_finish
from dragoman.dialects.openai_chat.marks import keep, rest_of
from dragoman.dialects.openai_chat.speaker import Events, Speaker
from dragoman.dialects.openai_chat.usage import parse_usage
from dragoman.dialects.openai_chat.wire import DONE
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.profile import Profile
from dragoman.model.usage import note_tier
from dragoman.wire.json_read import Fields
from dragoman.wire.sse import SseDecoder, SseFrame

_decode = msgspec.json.Decoder().decode

_CHUNK_FIELDS = frozenset({"id", "object", "created", "model", "choices", "usage", "service_tier", "obfuscation", "p"})
_CHOICE_FIELDS = frozenset({"index", "delta", "finish_reason", "logprobs", "message", "text"})


class ChatStreamParser:
    """State of one stream."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._decoder = SseDecoder()
        self._failure: DragomanError | None = None
        self._start: s.StreamStart | None = None
        self._early: Fields = {}  # what came before the first choice: Azure's verdict on the prompt
        self._late: Fields = {}
        self._speakers: dict[int, Speaker] = {}
        self._numbers = count()
        self._is_ended = False

    def feed(self, chunk: bytes) -> Events:
        """The events that `chunk` completes. What was good before a bad event is returned first."""
        events: Events = []
        try:
            self._check()
            for frame in self._decoder.feed(chunk):
                self._read_frame(frame, events)
        except DragomanError as error:
            self._fail(error, events)
        return events

    def finish(self) -> Events:
        """The last events; raises if the stream was cut."""
        self._check()
        events: Events = []
        try:
            for frame in self._decoder.finish():
                self._read_frame(frame, events)
            self._end(events, is_done=False)
        except DragomanError as error:
            self._failure = _in_stream(error)
            raise self._failure from None
        return events

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _fail(self, error: DragomanError, events: Events) -> None:
        self._failure = _in_stream(error)
        if not events:
            raise self._failure from None

    # -- frames ------------------------------------------------------------------------------------------------------

    def _read_frame(self, frame: SseFrame, events: Events) -> None:
        data = frame.data
        if not data or self._is_ended:
            return
        if len(data) < 16 and data.strip() == DONE:
            self._end(events, is_done=True)
            return
        chunk = decode_chunk(data)
        choices = chunk.get("choices")
        if chunk.get("error") or frame.event == b"error" or (not choices and chunk.get("object") == "error"):
            raise parse_inline_error(chunk, data, "stream")
        if choices is None and "usage" not in chunk:
            return  # a ping, in whatever words
        if self._start is None and not self._begin(chunk, choices, events):
            return
        is_last = not choices
        if type(choices) is list:
            for choice in choices:
                if self._read_choice(choice, events):
                    is_last = True
        if is_last or chunk.get("usage") is not None or "x_groq" in chunk:
            self._read_tail(chunk, events)

    def _read_tail(self, chunk: Fields, events: Events) -> None:
        """What servers tell beside the choices, mostly at the end: usage, and fields of their own."""
        usage = chunk.get("usage")
        groq = chunk.get("x_groq")
        if usage is None and type(groq) is dict:
            usage = groq.get("usage")
        parsed = parse_usage(usage)
        if parsed is not None:
            events.append(s.UsageReport(note_tier(parsed, chunk.get("service_tier"))))
        self._late.update(rest_of(chunk, _CHUNK_FIELDS))

    def _begin(self, chunk: Fields, choices: Any, events: Events) -> bool:
        if not choices or type(choices) is not list:
            self._early.update(rest_of(chunk, _CHUNK_FIELDS))
            return False
        created, tier = chunk.get("created"), chunk.get("service_tier")
        identifier, model = chunk.get("id"), chunk.get("model")
        self._early.update(rest_of(chunk, _CHUNK_FIELDS))
        self._start = s.StreamStart(
            id=identifier if type(identifier) is str else "",
            model=model if type(model) is str else "",
            created_unix=created if type(created) is int else None,
            service_tier=tier if type(tier) is str else None,
            extras=keep(dict(self._early), {}),
        )
        events.append(self._start)
        return True

    def _read_choice(self, choice: Any, events: Events) -> bool:
        """One choice of a chunk; whether it was told to have finished."""
        if type(choice) is not dict:
            raise _malformed("A choice of the stream is no object.")
        index = choice.get("index")
        index = index if type(index) is int else 0
        speaker = self._speakers.get(index)
        if speaker is None:
            speaker = self._speakers[index] = Speaker(index, self._start.id if self._start else "", self._numbers)
        delta = choice.get("delta")
        if delta is None:
            delta = choice.get("message")  # a whole answer in the place of a stream's only chunk
        if type(delta) is dict:
            speaker.read_delta(delta, events)
        logprobs = choice.get("logprobs")
        if type(logprobs) is dict:
            told = {name: tokens for name, tokens in logprobs.items() if tokens is None or type(tokens) is list}
            events.append(s.LogprobsDelta(told, index))
        word = choice.get("finish_reason")
        if not word or type(word) is not str:
            return False
        speaker.finish_word = word
        speaker.finish_rest.update(rest_of(choice, _CHOICE_FIELDS))
        speaker.end_parts(events)
        return True

    # -- the end -----------------------------------------------------------------------------------------------------

    def _end(self, events: Events, *, is_done: bool) -> None:
        if self._is_ended:
            return
        may_lack = is_done and self._profile.done_without_finish
        speakers = self._speakers.values()
        if not speakers or not (may_lack or all(speaker.finish_word is not None for speaker in speakers)):
            raise make_truncated()
        self._is_ended = True
        for speaker in speakers:
            speaker.end_parts(events)
            finish = parse_finish(
                speaker.finish_word or "stop",
                speaker.finish_rest,
                has_calls=speaker.has_calls,
                has_refusal=speaker.has_refusal,
            )
            events.append(s.CandidateEnd(finish, speaker.index))
        late = {name: value for name, value in self._late.items() if self._early.get(name) != value}
        events.append(s.StreamEnd(keep(late, {})))


def decode_chunk(data: bytes) -> Fields:
    """One event's JSON object."""
    try:
        chunk = _decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise _malformed("An event of the stream is not valid JSON.") from None
    if type(chunk) is not dict:
        raise _malformed("An event of the stream is no JSON object.")
    return chunk


def make_truncated() -> DragomanError:
    """The stream stopped before every candidate had come to its end."""
    return _malformed("The stream ended before the answer was finished.")


def _malformed(message: str) -> DragomanError:
    return DragomanError(Kind.UNAVAILABLE, message, blame="upstream", phase="stream")


def _in_stream(error: DragomanError) -> DragomanError:
    """Whatever went wrong inside a stream is the provider's fault."""
    if error.reply is None and (error.blame != "upstream" or error.phase != "stream"):
        return _malformed(error.message if error.blame == "upstream" else f"The stream cannot be understood: {error}")
    return error

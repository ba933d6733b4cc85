"""A provider's stream passed on as it is, while the meter listens.

Only whole events go on, each after it was looked at, so that a client never gets a broken event or the `[DONE]` of an
answer that was cut. Usage that the gateway asked for and the client did not is heard and held back.

Theory of operation: events are glanced at through typed structs that skip all that they do not name. In almost every
call the bytes that came complete go on as they are; only when an event must not go on are they cut, by searching for
the event's own data in them.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from dragoman.dialects.openai_chat.errors import parse_inline_error
from dragoman.dialects.openai_chat.finish import parse_finish
from dragoman.dialects.openai_chat.stream_parse import decode_chunk, make_truncated
from dragoman.dialects.openai_chat.usage import parse_usage
from dragoman.dialects.openai_chat.wire import DONE
from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import Profile
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.wire.sse import SseDecoder, SseFrame

_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r){2}")
_EMPTY = (None, "", [])


class _Delta(msgspec.Struct, gc=False):
    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    refusal: Any = None
    tool_calls: Any = None
    function_call: Any = None
    audio: Any = None
    images: Any = None


class _Choice(msgspec.Struct, gc=False):
    index: int | None = 0
    delta: _Delta | None = None
    message: _Delta | None = None
    finish_reason: str | None = None


class _Groq(msgspec.Struct, gc=False):
    usage: dict[str, Any] | None = None


class _Chunk(msgspec.Struct, gc=False):
    id: str | None = None
    choices: list[_Choice] | None = None
    usage: dict[str, Any] | None = None
    x_groq: _Groq | None = None
    error: Any = None
    object: Any = None


_decode = msgspec.json.Decoder(_Chunk).decode


class ChatStreamListener:
    """State of one stream."""

    def __init__(self, profile: Profile, *, hides_usage: bool) -> None:
        self.is_meaningful = False
        self.usage: Usage | None = None
        self.end: Finish | None = None
        self.response_id: str | None = None
        self._profile = profile
        self._hides_usage = hides_usage
        self._decoder = SseDecoder()
        self._failure: DragomanError | None = None
        self._open: set[int] = set()
        self._closed: set[int] = set()
        self._has_calls = False
        self._is_done = False

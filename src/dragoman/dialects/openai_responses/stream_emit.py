"""Events → a client's stream.

Spec: https://platform.openai.com/docs/api-reference/responses-streaming
Clients want a strict order: every item is added and done before the next one, every piece of content inside its item,
numbers from 0 without a gap, and a last event that holds the whole answer. Events of a part that overlaps an earlier one
therefore wait until that one has ended. What the last event says is gathered on the way.
Invariant: a terminal event is sent only for `StreamEnd` and by `fail`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.openai_responses.emit_response import echo_request, write_body
from dragoman.dialects.openai_responses.errors import failure_fields
from dragoman.dialects.openai_responses.marks import Fields, is_ours, read_marks, report_foreign_extras
from dragoman.dialects.openai_responses.output_items import response_id
from dragoman.dialects.openai_responses.output_stream import OutputStream
from dragoman.dialects.openai_responses.wire import ENDING_BY_FINISH, NAME
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Finish, Response
from dragoman.model.usage import Usage

_NO_REQUEST = Request(model="", turns=[])


class ResponsesEmitter:
    """State of one stream."""

    def __init__(self, request: Request, losses: list[Loss]) -> None:
        self._request = request
        self._losses = losses
        self._start: s.StreamStart | None = None
        self._echo: Fields = {}
        self._usage: Usage | None = None
        self._finish = Finish("other")
        self._stream = OutputStream(request, losses)
        self._current: int | None = None
        self._waiting: dict[int, list[Any]] = {}
        self._ignored: set[int] = set()
        self._reported: set[str] = set()

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        """The bytes for these events."""
        for position, event in enumerate(events):
            if type(event) is s.TextDelta and event.part == self._current:
                following = events[position + 1] if position + 1 < len(events) else None
                logprobs = following.logprobs if isinstance(following, s.LogprobsDelta) else None
                self._stream.add_text(event.text, logprobs)
            else:
                self.HANDLERS[type(event)](self, event)
        return self._stream.take()

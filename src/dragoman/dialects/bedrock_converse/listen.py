"""A stream that is passed on as it came while the meter listens: whole messages of the framing, and nothing of one that
makes no sense.
"""

from __future__ import annotations

from dragoman.dialects.bedrock_converse.stream_parse import ConverseStreamParser
from dragoman.model import stream as s
from dragoman.model.response import Finish
from dragoman.model.usage import Usage

_MEANINGFUL = (s.TextDelta, s.ReasoningDelta, s.ToolCallStart, s.PartDone, s.CandidateEnd)


class ConverseStreamListener:
    """Feed it bytes, get them back when they may go on; see `StreamListener`."""

    def __init__(self) -> None:
        self.is_meaningful = False
        self.usage: Usage | None = None
        self.end: Finish | None = None
        self.response_id: str | None = None
        self._parser = ConverseStreamParser()

    def feed(self, chunk: bytes) -> bytes:
        """The whole messages in these bytes."""
        self._note(self._parser.feed(chunk))
        return self._parser.complete

    def finish(self) -> bytes:
        """Nothing is left; raises if the message had not come to its end."""
        self._note(self._parser.finish())
        return b""

    def _note(self, events: list[s.StreamEvent]) -> None:
        for event in events:
            if isinstance(event, _MEANINGFUL):
                self.is_meaningful = True
            if isinstance(event, s.UsageReport):
                self.usage = event.usage
            elif isinstance(event, s.CandidateEnd):
                self.end = event.finish

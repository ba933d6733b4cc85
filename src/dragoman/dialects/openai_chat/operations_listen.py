"""The stream of a legacy completion or of an image, passed on as it comes while the meter listens.

Only whole events go on. A completion ends with `[DONE]`, an image with its `.completed` event; a stream that ends before
that was cut.
"""

from __future__ import annotations

from dragoman.dialects.openai_chat.errors import parse_inline_error
from dragoman.dialects.openai_chat.operations_usage import find_finish, read_usage
from dragoman.dialects.openai_chat.stream_parse import decode_chunk, make_truncated
from dragoman.dialects.openai_chat.wire import DONE
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.wire.sse import SseDecoder, SseFrame, split_frames


class OperationStreamListener:
    """State of one stream. `hides_usage`: the client did not ask for the event that tells nothing but the usage."""

    def __init__(self, *, hides_usage: bool) -> None:
        self.is_meaningful = False
        self.usage: Usage | None = None
        self.end: Finish | None = None
        self.response_id: str | None = None
        self._hides_usage = hides_usage
        self._decoder = SseDecoder()
        self._is_ended = False

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that may go on."""
        return self._pass_on(self._decoder.feed(chunk))

    def finish(self) -> bytes:
        """The last bytes; raises if the stream was cut."""
        passed = self._pass_on(self._decoder.finish())
        if not self._is_ended:
            raise make_truncated()
        return passed

    def _pass_on(self, frames: list[SseFrame]) -> bytes:
        hidden = {
            position
            for position, frame in enumerate(frames)
            if frame.data is not None and not self._listen(frame, frame.data)
        }
        complete = self._decoder.complete
        if not hidden:
            return complete
        return b"".join([event for position, event in enumerate(split_frames(complete)) if position not in hidden])

    def _listen(self, frame: SseFrame, data: bytes) -> bool:
        """Hear one event; whether it may go on."""
        if data.strip() == DONE:
            self._is_ended = True
            return True
        fields = decode_chunk(data)
        if fields.get("error") or frame.event == b"error" or fields.get("type") == "error":
            raise parse_inline_error(fields, data, "stream")
        self.is_meaningful = True
        usage = read_usage(fields.get("usage"))
        self.usage = usage or self.usage
        self.end = self.end or find_finish(fields)
        if str(fields.get("type")).endswith(".completed"):
            self._is_ended = True
        return not (self._hides_usage and usage is not None and fields.get("choices") == [])

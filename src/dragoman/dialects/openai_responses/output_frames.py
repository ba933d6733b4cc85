"""The frames of an answer's output: every item added and done, everything numbered from 0.

`items` is the output so far, by index; `finished` are those that are done.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_responses.marks import Fields
from dragoman.wire.json_document import encode_json
from dragoman.wire.sse import emit_sse


class OutputFrames:
    """Numbers and gathers frames until they are taken."""

    __slots__ = ("_frames", "finished", "items", "sequence")

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.finished: set[int] = set()
        self.sequence = 0
        self._frames: list[bytes] = []

    def take(self) -> bytes:
        """The frames since the last call."""
        frames = b"".join(self._frames)
        self._frames = []
        return frames

    def send(self, kind: str, fields: Fields) -> None:
        """One event."""
        data = encode_json({"type": kind, "sequence_number": self.sequence, **fields})
        self._frames.append(emit_sse(data, kind.encode()))
        self.sequence += 1

    def send_delta(self, head: bytes, text: str, tail: bytes) -> None:
        """One frequent event, from the bytes before and behind its text; `tail` ends where the number stands."""
        self._frames.append(b"%b%b%b%d}\n\n" % (head, encode_json(text), tail, self.sequence))
        self.sequence += 1

    def add_item(self, item: Fields) -> int:
        """A new item; its index."""
        index = len(self.items)
        self.items.append(item)
        announced = {**item, "status": "in_progress"} if "status" in item else item
        self.send("response.output_item.added", {"output_index": index, "item": announced})
        return index

    def finish_item(self, index: int, item: Fields) -> None:
        """The item is whole."""
        self.items[index] = item
        self.finished.add(index)
        self.send("response.output_item.done", {"output_index": index, "item": item})

    def output(self) -> list[Any]:
        """The items that are done."""
        return [item for index, item in enumerate(self.items) if index in self.finished]


def delta_head(kind: str, where: Fields) -> bytes:
    """The bytes of a frequent event up to its text."""
    start = encode_json({"type": kind, **where})[:-1]
    return b'event: %b\ndata: %b,"delta":' % (kind.encode(), start)


PLAIN_TAIL = b',"sequence_number":'
TEXT_TAIL = b',"logprobs":[],"sequence_number":'

"""Content blocks on their way out, strictly one after another.

Theory of operation: a block gets its wire index when it first has something to say, so that parts which stay empty or
have no place here leave no gap. Of the blocks that are open only the first goes out at once; what overlaps it (parallel
tool calls) waits in its `buffer` as finished bytes, in the order in which the blocks began.
"""

from __future__ import annotations

import msgspec

from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields
from dragoman.wire.sse import emit_sse

TEXT_DELTA = b'"text_delta","text":'
THINKING_DELTA = b'"thinking_delta","thinking":'
ARGUMENTS_DELTA = b'"input_json_delta","partial_json":'

_PREFIX = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{"type":%b'
_SUFFIX = b"}}\n\n"

_encode = msgspec.json.Encoder().encode


class OutgoingBlock:
    """A part on its way out. `prefix` and `_SUFFIX` stand around the JSON text of its usual delta, which is of type
    `delta`; `index` is -1 until the block has said something."""

    __slots__ = ("buffer", "delta", "has_ended", "index", "is_custom", "prefix", "section", "start")

    def __init__(self, start: Fields, delta: bytes) -> None:
        self.start = start
        self.delta = delta
        self.index = -1
        self.prefix = b""
        self.section = 0
        self.is_custom = False
        self.buffer: list[bytes] = []
        self.has_ended = False


class BlockQueue:
    """Writes blocks to `out`; see above."""

    __slots__ = ("_next_index", "_open", "_out")

    def __init__(self, out: list[bytes]) -> None:
        self._out = out
        self._open: list[OutgoingBlock] = []
        self._next_index = 0

    def begin(self, block: OutgoingBlock) -> None:
        """Give the block its index and say its start."""
        block.index = self._next_index
        self._next_index += 1
        block.prefix = _PREFIX % (block.index, block.delta)
        self._open.append(block)
        self._say(block, b"content_block_start", {"content_block": block.start})

    def say_text(self, block: OutgoingBlock, text: str) -> None:
        """One delta of the block's usual type."""
        if block.index < 0:
            self.begin(block)
        data = block.prefix + _encode(text) + _SUFFIX
        if self._open[0] is block:
            self._out.append(data)
        else:
            block.buffer.append(data)

    def say_delta(self, block: OutgoingBlock, delta: Fields) -> None:
        """One delta of any type."""
        if block.index < 0:
            self.begin(block)
        self._say(block, b"content_block_delta", {"delta": delta})

    def close(self, block: OutgoingBlock) -> None:
        """End a block, if it ever began; those that waited for it go out as far as they have come."""
        if block.index < 0:
            return
        self._say(block, b"content_block_stop", {})
        block.has_ended = True
        opened = self._open
        while opened and opened[0].has_ended:
            del opened[0]
            if opened:
                self._out += opened[0].buffer

    def _say(self, block: OutgoingBlock, event: bytes, fields: Fields) -> None:
        data = emit_sse(encode_json({"type": event.decode(), "index": block.index, **fields}), event)
        if self._open[0] is block:
            self._out.append(data)
        else:
            block.buffer.append(data)

"""Amazon's binary event streams, both ways. Spec: https://smithy.io/2.0/aws/amazon-eventstream.html

A message is: whole length, length of the headers, checksum of these eight bytes, headers, payload, checksum of all that.
Invariant: however the bytes are cut, `feed` yields the same messages; nothing is yielded whose checksum is wrong; memory
is bounded by `max_message_bytes`, because a length is believed only after its checksum.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from zlib import crc32

import msgspec

from dragoman.errors import DragomanError, malformed_upstream

MAX_MESSAGE_BYTES = 24 * 1024 * 1024

_PRELUDE = struct.Struct(">III")
_CHECKSUM = struct.Struct(">I")
_SHORT = struct.Struct(">H")
_OVERHEAD = _PRELUDE.size + _CHECKSUM.size

_FIXED_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Sizes of header values by type: true, false, byte, short, integer, long, timestamp, UUID."""

_BYTES, _STRING = 6, 7
"""Types whose values begin with their size."""


class EventMessage(msgspec.Struct, frozen=True, gc=False):
    """One message. `headers` has those that are text; the others are skipped, for nobody reads them. `size` is that of
    the whole message."""

    headers: dict[str, str]
    payload: bytes
    size: int = 0


class EventStreamDecoder:
    """Feed it chunks, get whole messages. `complete` holds the bytes of the messages that the last call returned. What
    is wrong behind good messages is raised by the next call."""

    __slots__ = ("_error", "_max_message_bytes", "_pending", "_wanted", "complete")

    def __init__(self, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._pending = bytearray()
        self._wanted = _PRELUDE.size
        self._max_message_bytes = max_message_bytes
        self._error: DragomanError | None = None
        self.complete = b""

    def feed(self, chunk: bytes) -> list[EventMessage]:
        """The messages that `chunk` completes."""
        self.complete = b""
        self._pending += chunk
        messages: list[EventMessage] = []
        try:
            self._read(messages)
        except DragomanError as error:
            self._error = error
        if self._error is not None and not messages:
            raise self._error
        size = sum(message.size for message in messages)
        if size:
            self.complete = bytes(self._pending[:size])
            del self._pending[:size]
        return messages

    def finish(self) -> None:
        """The bytes have ended; raises if they ended amid a message."""
        if self._error is not None:
            raise self._error
        if self._pending:
            raise malformed_upstream("The provider's stream was cut off amid an event.")

    def _read(self, messages: list[EventMessage]) -> None:
        if self._error is not None:
            return
        start, end = 0, len(self._pending)
        while end - start >= self._wanted:
            length = self._read_length(start)
            if end - start < length:
                self._wanted = length
                break
            messages.append(_read_message(bytes(self._pending[start : start + length])))
            start += length
            self._wanted = _PRELUDE.size

    def _read_length(self, start: int) -> int:
        length, headers_length, checksum = _PRELUDE.unpack_from(self._pending, start)
        if crc32(self._pending[start : start + 8]) != checksum:
            raise malformed_upstream("The provider's stream holds an event whose head is damaged.")
        if length > self._max_message_bytes:
            raise malformed_upstream(f"An event of the stream is larger than {self._max_message_bytes} bytes.")
        if length < _OVERHEAD + headers_length:
            raise malformed_upstream("The provider's stream holds an event that is shorter than its headers.")
        return int(length)


def _read_message(message: bytes) -> EventMessage:
    end = len(message) - _CHECKSUM.size
    if crc32(message[:end]) != _CHECKSUM.unpack_from(message, end)[0]:
        raise malformed_upstream("The provider's stream holds an event that is damaged.")
    payload_start = _PRELUDE.size + _PRELUDE.unpack_from(message)[1]
    headers = _read_headers(message[_PRELUDE.size : payload_start])
    return EventMessage(headers, message[payload_start:end], len(message))


def _read_headers(block: bytes) -> dict[str, str]:
    """Each header: size of the name, name, type of the value, value."""
    headers: dict[str, str] = {}
    cursor = 0
    try:
        while cursor < len(block):
            name_end = cursor + 1 + block[cursor]
            kind = block[name_end]
            value_start = name_end + 1
            if kind in (_BYTES, _STRING):
                (size,) = _SHORT.unpack_from(block, value_start)
                value_start += _SHORT.size
            else:
                size = _FIXED_SIZES[kind]
            if value_start + size > len(block):
                raise _bad_headers()
            if kind == _STRING:
                headers[block[cursor + 1 : name_end].decode()] = block[value_start : value_start + size].decode()
            cursor = value_start + size
    except (LookupError, ValueError, struct.error):
        raise _bad_headers() from None
    return headers


def _bad_headers() -> DragomanError:
    return malformed_upstream("The provider's stream holds an event whose headers make no sense.")


def emit_message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message as bytes."""
    block = b"".join(_emit_header(name.encode(), value.encode()) for name, value in headers.items())
    lengths = _PRELUDE.pack(_OVERHEAD + len(block) + len(payload), len(block), 0)[:8]
    message = lengths + _CHECKSUM.pack(crc32(lengths)) + block + payload
    return message + _CHECKSUM.pack(crc32(message))


def _emit_header(name: bytes, value: bytes) -> bytes:
    return bytes((len(name),)) + name + bytes((_STRING,)) + _SHORT.pack(len(value)) + value

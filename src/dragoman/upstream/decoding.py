"""Undoes a content coding that we did not ask for, a bounded step at a time.

We ask for `identity`; some providers compress all the same. gzip and deflate are decoded; any other coding is an error,
since passing on bytes that nobody can read helps nobody. Invariant: one step never yields more than `STEP_BYTES`, so a
bomb is seen (by its ratio, or by the total) long before it has filled memory. RFC 9110 §8.4, RFC 1950–1952.
"""

from __future__ import annotations

import zlib

from dragoman.errors import malformed_upstream
from dragoman.upstream.transport import Headers

STEP_BYTES = 1 << 20
MAX_RATIO = 100
TOTAL_BYTES = 1 << 30

_GZIP_WINDOW = 31
_ZLIB_WINDOW = 15
_RAW_WINDOW = -15
_ZLIB_METHOD = 8  # the low four bits of a zlib stream's first byte; a bare deflate block never begins so

_WINDOWS = {b"gzip": _GZIP_WINDOW, b"x-gzip": _GZIP_WINDOW, b"deflate": _ZLIB_WINDOW}
_CODING_HEADERS = frozenset((b"content-encoding", b"transfer-encoding"))
_STALE_ONCE_DECODED = frozenset((b"content-encoding", b"content-length"))


class Decoder:
    """Compressed bytes in, plain bytes out, at most `STEP_BYTES` at a time."""

    __slots__ = ("_bytes_in", "_bytes_out", "_inflater", "_is_full", "_pending", "_total_bytes", "_window")

    def __init__(self, window: int, total_bytes: int = TOTAL_BYTES) -> None:
        self._window = window
        self._total_bytes = total_bytes
        self._inflater: zlib._Decompress | None = None
        self._pending = b""
        self._is_full = False  # the last step was cut by its bound, so the inflater may hold more without new input
        self._bytes_in = 0
        self._bytes_out = 0

    def feed(self, compressed: bytes) -> None:
        """Accepts bytes as they came; `step` decodes them."""
        self._pending += compressed
        self._bytes_in += len(compressed)

    def step(self) -> bytes:
        """The next plain bytes; empty when only more compressed bytes can yield any."""
        while self._pending or self._is_full:
            plain = self._inflate()
            if plain:
                self._bytes_out += len(plain)
                self._refuse_bomb()
                return plain
        return b""

    def finish(self) -> None:
        """Says that the body has ended; a compressed stream that has not was cut."""
        if self._bytes_in and (self._inflater is None or not self._inflater.eof):
            raise malformed_upstream("the provider's compressed answer ends in the middle")

    def _inflate(self) -> bytes:
        inflater = self._inflater
        if inflater is None or (inflater.eof and self._pending):  # gzip may hold several members in a row
            inflater = self._inflater = zlib.decompressobj(self._detect_window())
        try:
            plain = inflater.decompress(self._pending, STEP_BYTES)
        except zlib.error as error:
            raise malformed_upstream("the provider's answer is not validly compressed") from error
        self._pending = inflater.unconsumed_tail or inflater.unused_data
        self._is_full = len(plain) == STEP_BYTES and not inflater.eof
        return plain

    def _detect_window(self) -> int:
        """`deflate` means zlib, yet some servers have always sent the bare format."""
        if self._window == _ZLIB_WINDOW and self._pending[0] & 0x0F != _ZLIB_METHOD:
            return _RAW_WINDOW
        return self._window

    def _refuse_bomb(self) -> None:
        if self._bytes_out > self._total_bytes:
            raise malformed_upstream(f"the provider's answer is longer than {self._total_bytes} bytes once decoded")
        consumed = self._bytes_in - len(self._pending)
        if self._bytes_out > STEP_BYTES and self._bytes_out > MAX_RATIO * consumed:
            raise malformed_upstream(f"the provider's answer is compressed more than {MAX_RATIO} times")


def select_decoder(headers: Headers) -> Decoder | None:
    """The decoder that an answer's headers call for, None for a plain body; a coding we cannot undo is an error."""
    decoder = None
    for name, value in headers:
        if name in _CODING_HEADERS:
            coding = value.strip().lower()
            if name == b"transfer-encoding":
                _require_chunked(coding)
            elif coding and coding != b"identity":
                decoder = Decoder(_select_window(coding, decoder))
    return decoder


def drop_coding_headers(headers: Headers) -> Headers:
    """The headers that are still true of the decoded body."""
    return [(name, value) for name, value in headers if name not in _STALE_ONCE_DECODED]


def _require_chunked(coding: bytes) -> None:
    """Other transfer codings need a `TE` header, which we never send (RFC 9112 §7.4)."""
    if coding != b"chunked":
        raise malformed_upstream("the provider's answer has a transfer coding other than chunked")


def _select_window(coding: bytes, previous: Decoder | None) -> int:
    window = _WINDOWS.get(coding)
    if window is None or previous is not None:
        raise malformed_upstream(
            "the provider's answer has a content coding that was not asked for (only gzip or deflate)"
        )
    return window

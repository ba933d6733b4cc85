"""Where every exchange is noted at once, so that a kill loses none: files that are mapped into memory.

Theory of operation. A segment is a file of fixed size (`segments.py`), whose blocks are allocated before it is mapped. To
append is to copy a frame into the mapping: no system call, and what was copied belongs to the kernel, which writes it out whatever
becomes of the process. A full segment is followed by the next. A mover reads the segments, finds what was noted lately
in memory still, which need not be parsed, and releases each when the store has all of it. Every run has a folder of its
own with a lock in it: a folder whose lock can be taken belongs to a run that has ended.

`append` and `retry` are for the event loop's thread; `read_extents` and `release` for the mover's. When no segment can
be made (a full disk, no rights), frames wait in memory, up to a bound, and are written as soon as there is one.
"""

from __future__ import annotations

import logging
import mmap
import os
from collections import deque
from pathlib import Path
from zlib import crc32

import msgspec

from dragoman.clock import Clock
from dragoman.ledger.frames import emit_record, pack_header
from dragoman.ledger.lock import open_locked
from dragoman.ledger.row import Record
from dragoman.ledger.segments import Segments

_log = logging.getLogger(__name__)

SEGMENT_BYTES = 2 * 1024 * 1024
RETRY_SECONDS = 1.0
MAX_WAITING = 100_000
LOCK_NAME = "lock"


class Extent(msgspec.Struct, frozen=True):
    """A segment, and how much of it is written. Only the last one still grows. `fresh` are those of its records that
    are in memory still, by where their frames begin; who reads them takes them from there."""

    number: int
    path: Path
    end: int
    is_sealed: bool
    fresh: dict[int, Record] = {}


class Journal:
    """One run's journal. Nothing is on the disk before the first record."""

    def __init__(self, folder: Path, run: str, clock: Clock, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder / run
        self.lost = 0  # records that could be kept nowhere
        self._clock = clock
        self._segment_bytes = segment_bytes
        self._segments = Segments(self.folder, segment_bytes)
        self._lock: int | None = None
        self._map: mmap.mmap | None = None
        self._number = 0
        self._end = 0
        self._capacity = 0
        self._fresh: dict[int, Record] = {}  # of the segment that is written to
        self._sealed: dict[int, Extent] = {}
        self._waiting: deque[bytes] = deque()
        self._next_try = 0.0

    def __repr__(self) -> str:
        return f"<Journal {self.folder.name}: segment {self._number} at {self._end}, {len(self._waiting)} waiting>"

    @property
    def waiting(self) -> int:
        """Records that wait in memory because nothing can be written."""
        return len(self._waiting)

    def append(self, record: Record) -> None:
        """Note a record. When this returns, the record outlives the process."""
        payload = emit_record(record)
        frame = pack_header(len(payload), crc32(payload)) + payload
        mapped, begin = self._map, self._end
        end = begin + len(frame)
        if mapped is None or end > self._capacity:
            self._append_elsewhere(frame)
            return
        mapped[begin:end] = frame
        self._fresh[begin] = record
        self._end = end

    def retry(self) -> None:
        """Write down what waits in memory, if there is somewhere to write again."""
        while self._waiting and self._make_room(len(self._waiting[0])):
            self._put(self._waiting.popleft())

    def read_extents(self) -> list[Extent]:
        """All segments that are not released yet, oldest first."""
        number, end, is_open, fresh = self._number, self._end, self._map is not None, self._fresh
        extents = list(self._sealed.values())
        if is_open and all(extent.number != number for extent in extents):
            extents.append(Extent(number, self._segments.locate(number), end, False, fresh))
        return extents

    def release(self, number: int) -> None:
        """The store has all of a sealed segment, which may become another."""
        self._sealed.pop(number, None)
        self._segments.give_back(number)

    def close(self) -> None:
        """Take no more records; what is written stays until it is released."""
        self._next_try = 0.0
        self.retry()
        self._seal()
        if self._waiting:
            _log.error(
                "%d rows of the ledger are lost: its journal could not be written to the end", len(self._waiting)
            )

    def leave(self) -> None:
        """Let go of the folder, and remove it if nothing is left in it. What came after the close stays as well."""
        if self._lock is None:
            return
        self._seal()
        self._segments.close()
        if not self._sealed:
            (self.folder / LOCK_NAME).unlink(missing_ok=True)
        os.close(self._lock)
        self._lock = None
        if not self._sealed:
            self.folder.rmdir()

    def _append_elsewhere(self, frame: bytes) -> None:
        self.retry()
        if not self._waiting and self._make_room(len(frame)):
            self._put(frame)
        elif len(self._waiting) < MAX_WAITING and len(frame) <= self._segment_bytes:
            self._waiting.append(frame)
        else:
            self.lost += 1
            if self.lost == 1:
                _log.error("the ledger loses rows: its journal cannot be written, and %d wait already", MAX_WAITING)

    def _put(self, frame: bytes) -> None:
        if self._map is None:
            raise AssertionError("room is made before a frame is put there")
        end = self._end + len(frame)
        self._map[self._end : end] = frame
        self._end = end

    def _make_room(self, size: int) -> bool:
        """Whether `size` more bytes fit, after a new segment was made if need be."""
        if self._map is not None and self._end + size <= self._capacity:
            return True
        if size > self._segment_bytes or self._clock.monotonic() < self._next_try:
            return False
        try:
            mapped = self._make_segment()
        except OSError as error:
            self._next_try = self._clock.monotonic() + RETRY_SECONDS
            if not self._waiting:
                _log.warning("the ledger's journal cannot be written (%s); rows wait in memory", error.strerror)
            return False
        self._seal()
        self._end = 0  # before anybody could take the last one's for the end of the new one
        self._number += 1
        self._map, self._capacity = mapped, self._segment_bytes
        return True

    def _make_segment(self) -> mmap.mmap:
        if self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = open_locked(self.folder / LOCK_NAME)
            if self._lock is None:
                raise OSError(0, "its folder is taken")
        return self._segments.open(self._number + 1)

    def _seal(self) -> None:
        if self._map is not None:
            for extent in list(self._sealed.values()):  # nobody has come for them for long, and they must not pile up
                extent.fresh.clear()
            number = self._number
            self._sealed[number] = Extent(number, self._segments.locate(number), self._end, True, self._fresh)
            self._fresh = {}
            self._segments.keep(number, self._map)
            self._map = None
            self._capacity = 0

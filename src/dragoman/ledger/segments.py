"""The files of a journal, mapped into memory: made with all their blocks, and used again once they are empty.

The first write to a page of a new file costs the kernel twenty times what the copy does, so a few files that were full
are kept mapped, and become others as soon as nobody needs what they hold. Invariant: a file that is used again holds
nothing but zeros, as a new one does, so that whoever finds it after a kill finds no record that was not put there.

`open` and `keep` are for the thread that writes, `give_back` for the one that reads; both may work at the same time.
"""

from __future__ import annotations

import mmap
import os
from collections import deque
from pathlib import Path

SEGMENT_SUFFIX = ".journal"
KEPT = 4
"""Files that are kept mapped, beside the one that is written to."""

_ZEROS = bytes(64 * 1024)


class Segments:
    """Those of one run, in a folder of its own, all of the same size."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self._full: dict[int, mmap.mmap] = {}
        self._empty: deque[tuple[int, mmap.mmap]] = deque()

    def __repr__(self) -> str:
        return f"<Segments: {len(self._full)} full, {len(self._empty)} empty>"

    def locate(self, number: int) -> Path:
        """Where it is, or would be."""
        return self._folder / f"{number:08d}{SEGMENT_SUFFIX}"

    def open(self, number: int) -> mmap.mmap:
        """A file full of zeros. Raises OSError where there is no room."""
        path = self.locate(number)
        while self._empty:
            used_number, mapped = self._empty.popleft()
            try:
                self.locate(used_number).rename(path)
            except FileNotFoundError:  # somebody has removed it: it is no file any more
                mapped.close()
            else:
                return mapped
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            allocate(descriptor, self._size)
            return mmap.mmap(descriptor, self._size)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)

    def keep(self, number: int, mapped: mmap.mmap) -> None:
        """It is full, and is read now."""
        if len(self._full) + len(self._empty) < KEPT:
            self._full[number] = mapped
        else:
            mapped.close()

    def give_back(self, number: int) -> None:
        """Nobody needs what it holds."""
        mapped = self._full.pop(number, None)
        if mapped is None:
            self.locate(number).unlink(missing_ok=True)
            return
        for start in range(0, self._size, len(_ZEROS)):
            mapped[start : start + len(_ZEROS)] = _ZEROS[: self._size - start]
        self._empty.append((number, mapped))

    def close(self) -> None:
        """Remove the empty ones, and let go of the full ones."""
        while self._empty:
            number, mapped = self._empty.popleft()
            mapped.close()
            self.locate(number).unlink(missing_ok=True)
        while self._full:
            self._full.popitem()[1].close()


def allocate(descriptor: int, size: int) -> None:
    """Make the file as long as it will ever be, with its blocks: a full disk shows here, where it is an exception, and
    not when the mapping is written to, where it would end the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
    else:
        zeros = bytes(size)
        while zeros:
            zeros = zeros[os.write(descriptor, zeros) :]

"""Notices that a configuration file has changed. Polled; whoever calls decides how often.

Pure but for `look_at`: the cheap signs (time, size, identity of the file) decide whether to read it again, its content
decides whether it changed, so that a touch or a rewrite of the same text reloads nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec


class Sight(msgspec.Struct, frozen=True):
    """A file as it was seen once."""

    signs: tuple[int, ...]
    digest: bytes


def compare(previous: Sight | None, signs: tuple[int, ...], read: Callable[[], bytes]) -> Sight:
    """What is seen now; reads the content only if the signs differ from before."""
    if previous is not None and previous.signs == signs:
        return previous
    return Sight(signs, hashlib.sha256(read()).digest())


def is_changed(previous: Sight | None, now: Sight | None) -> bool:
    """Whether there is something new to load. A file that is gone for the moment (while an editor replaces it) is not."""
    return now is not None and (previous is None or previous.digest != now.digest)


def look_at(path: Path, previous: Sight | None) -> Sight | None:
    """Look at a file; None if it cannot be read now."""
    try:
        status = path.stat()
        signs = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
        return compare(previous, signs, path.read_bytes)
    except OSError:
        return None

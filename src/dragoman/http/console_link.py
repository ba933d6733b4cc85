"""A further link into the console, asked for on the command line while the gateway runs.

Whoever can write into the gateway's own folder is its operator, and nobody else: there `dragoman console` leaves the
digest of a token that it shows. It is good for a few minutes and for one browser.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

FILE_NAME = "console-link"
GOOD_SECONDS = 600.0


def leave_link(folder: Path, digest: bytes) -> None:
    """Leave a token's digest; an earlier one is worth nothing from now on."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / FILE_NAME
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(digest)


class LinkFile:
    """The gateway's side."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def __repr__(self) -> str:
        return f"<LinkFile {self._path.name}>"

    def take(self, digest: bytes, now_unix: float) -> bool:
        """Whether this token was left, and not too long ago; it is gone by that. Another one stays."""
        try:
            is_good = now_unix - self._path.stat().st_mtime <= GOOD_SECONDS
            is_ours = self._path.read_bytes() == digest
        except OSError:
            return False
        if is_ours:
            with contextlib.suppress(OSError):
                self._path.unlink()
        return is_ours and is_good

"""Room on the disk, the checksum of what is there, and who is told how much has come."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from dragoman.engine.failures import unavailable

Progress = Callable[[int, int], None]
"""Told the bytes that have come, and how many there will be."""

SPARE_BYTES = 64 * 1024 * 1024


def compute_sha256(path: Path) -> str:
    """In hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_room(folder: Path, needed_bytes: int) -> None:
    """Raises if the disk is too full."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed_bytes + SPARE_BYTES:
        raise unavailable(
            f"{folder} has room for {free >> 20} MiB, but {needed_bytes + SPARE_BYTES >> 20} MiB are needed."
        )

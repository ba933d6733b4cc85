"""Where workers listen: a folder that only this user can enter; and the key that they want to see."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path


class Place:
    """The folder is made when it is first needed, so that a gateway without local models leaves no trace."""

    __slots__ = ("_folder", "api_key")

    def __init__(self, api_key: str) -> None:
        self.api_key = api_key
        self._folder: Path | None = None

    def __repr__(self) -> str:
        return f"<Place {self._folder or 'not made'}>"

    def socket_for(self, name: str) -> str:
        """Short, and the same for every worker of a model: the path of a socket may have some 100 bytes only."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="dragoman-"))
        return str(self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:12]}.sock")

    def remove(self) -> None:
        """Take it away, with all that is in it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

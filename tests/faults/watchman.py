"""Watches a gateway's process from inside for what no request may set off: code made of text, programs, imports.

Python itself tells of them (`sys.addaudithook`). The hook is planted as `sitecustomize`, which the interpreter imports
before anything else, and writes down what happens from the moment that a file says so: in the thread of the event loop,
which is where requests are read and answered. (The ledger's thread may load its list of prices at any time.)
"""

from __future__ import annotations

import os
from pathlib import Path

PROGRAM = """
import _thread, os, sys

LOOP = _thread.get_ident()
NOTES, ARMED = {notes!r}, {armed!r}
WATCHED = {{"compile", "exec", "import", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork",
           "os.forkpty", "os.spawn", "pty.spawn",
           "code.__new__", "ctypes.dlopen", "marshal.loads", "pickle.find_class"}}

def note(event, arguments):
    if event in WATCHED and _thread.get_ident() == LOOP and os.path.exists(ARMED):
        with os.fdopen(os.open(NOTES, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "w") as notes:
            notes.write(event + " " + repr(arguments)[:200].replace("\\n", " ") + "\\n")

sys.addaudithook(note)
"""


class Watchman:
    """Stands in a folder; `environment` lets him in."""

    def __init__(self, folder: Path) -> None:
        self._notes = folder / "notes"
        self._armed = folder / "armed"
        (folder / "sitecustomize.py").write_text(PROGRAM.format(notes=str(self._notes), armed=str(self._armed)))
        self.environment = {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])}

    def arm(self) -> None:
        """From now on."""
        self._armed.touch()

    def disarm(self) -> list[str]:
        """What was seen."""
        self._armed.unlink()
        return self._notes.read_text().splitlines() if self._notes.exists() else []

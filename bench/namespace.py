"""A private network: some peers listen on every interface, so all of them run where there is only loopback.

`enter` starts the same program again inside a network namespace of its own (`unshare -n`, with a user namespace where
we are not root); `raise_loopback` brings the loopback interface up in there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Sequence

_GET_FLAGS, _SET_FLAGS = 0x8913, 0x8914  # SIOCGIFFLAGS, SIOCSIFFLAGS; netdevice(7)
_UP = 0x1
_REQUEST = "16sH14x"


def build_prefix(*, is_root: bool) -> list[str]:
    """What stands before a command to run it in a network of its own."""
    return ["unshare", "-n", "--"] if is_root else ["unshare", "-r", "-n", "--"]


def can_enter() -> bool:
    """Whether this machine lets us."""
    if shutil.which("unshare") is None:
        return False
    command = [*build_prefix(is_root=os.geteuid() == 0), "true"]
    return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0


def enter(command: Sequence[str]) -> None:
    """Become that command, in there; does not return."""
    full = [*build_prefix(is_root=os.geteuid() == 0), *command]
    os.execvp(full[0], full)


def raise_loopback() -> None:
    """Bring `lo` up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        answer = fcntl.ioctl(control, _GET_FLAGS, struct.pack(_REQUEST, b"lo", 0))
        flags = struct.unpack(_REQUEST, answer)[1]
        fcntl.ioctl(control, _SET_FLAGS, struct.pack(_REQUEST, b"lo", flags | _UP))

"""Processors that have nothing to do are kept from sleeping while something is measured.

Whoever writes to a socket pays for waking its reader. Where the reader's processor sleeps, that is an interrupt from
one processor to another, and on a virtual machine the hypervisor steps in: more than everything else that the kernel does
for the write. nginx never pays it here, since it answers as fast as the load asks, so the load never sleeps; a slower
server pays it twice a request. It is a price of having both ends on one machine, and none of the server's own. Linux lets
root forbid the sleep for as long as a file is open.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LATENCY_WISH = Path("/dev/cpu_dma_latency")

_NOT_A_MICROSECOND = struct.pack("i", 0)


def may_keep_awake(wish: Path = LATENCY_WISH) -> bool:
    """Whether this system has the file, and we may write to it."""
    return os.access(wish, os.W_OK)


@contextmanager
def keep_awake(wish: Path = LATENCY_WISH) -> Iterator[None]:
    """No processor sleeps meanwhile, where we may ask for that; else everything stays as it is."""
    if not may_keep_awake(wish):
        yield
        return
    with wish.open("wb", buffering=0) as file:
        file.write(_NOT_A_MICROSECOND)
        yield

"""How the process holds its memory while it serves.

Left to themselves, Python looks for circles of garbage among all that was made at start, and the C library gives what a
large body has left back to the kernel and asks for it again with the next one: page by page, each filled with zeros. To a
request of 100 kB that was as dear as everything else that was done for it.
"""

from __future__ import annotations

import ctypes
import gc

COLLECTOR_THRESHOLDS = (20_000, 20, 20)

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # as <malloc.h> numbers them
HELD_BYTES = {_TRIM_THRESHOLD: 32 << 20, _TOP_PAD: 1 << 20, _MMAP_THRESHOLD: 2 << 20}
"""Of the C library's heap: how much at its end may lie free, by how much it grows, and what is so large that it comes
from the kernel and goes back there by itself."""


def rest_collector() -> None:
    """What was made at start lives as long as the process, and a request leaves no circles behind: the collector need
    not look at the first at all, nor come by as often as it does by itself."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def hold_freed_memory() -> bool:
    """Keep some of what was freed for what comes next; False where the C library does that in its own way."""
    adjust = getattr(ctypes.CDLL(None), "mallopt", None)
    if adjust is None:
        return False
    accepted = [adjust(which, size) for which, size in HELD_BYTES.items()]
    return all(accepted)

"""What a converter process gives up before it opens a file of a stranger: memory, time, files, children."""

from __future__ import annotations

import resource

MEMORY_BYTES = 3 << 30
CPU_SECONDS = 60


def give_up_rights(memory_bytes: int = MEMORY_BYTES, cpu_seconds: int = CPU_SECONDS) -> None:
    """Lower the limits of this process for good. The kernel ends it when it goes on beyond them."""
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for name, wanted in limits.items():
        _, hard = resource.getrlimit(name)
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(name, (value, value))

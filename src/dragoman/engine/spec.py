"""What a worker is told when it starts: one line of JSON on its standard input.

It goes that way, and not as arguments, because the key in it must not show in a list of processes.
"""

from __future__ import annotations

import msgspec

READY = b"ready\n"
"""What a worker writes once it can answer."""


class WorkerSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One worker: which model, where it listens, and how much of the machine it may use."""

    name: str
    model_path: str
    socket_path: str
    api_key: str
    parent_pid: int
    mmproj_path: str = ""
    threads: int = 1
    context_tokens: int = 4096
    slots: int = 4
    cache_mib: int = 64
    max_tokens: int = 1024
    nice: int = 5
    sampling: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"<WorkerSpec {self.name}: {self.slots} slots, {self.threads} threads>"


def encode_spec(spec: WorkerSpec) -> bytes:
    """The line."""
    return msgspec.json.encode(spec) + b"\n"


def decode_spec(line: bytes) -> WorkerSpec:
    """The same read back."""
    return msgspec.json.decode(line, type=WorkerSpec)

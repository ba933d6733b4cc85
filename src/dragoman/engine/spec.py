"""What a worker is told when it starts, and what it says once it can answer: one line of JSON each way.

The first goes to its standard input, and not into its arguments, because the key in it must not show in a list of
processes.
"""

from __future__ import annotations

import msgspec

from dragoman.engine.failures import unavailable


class WorkerSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One worker: which model, where it listens, and how much of the machine it may use."""

    name: str
    model_path: str
    socket_path: str
    api_key: str
    parent_pid: int
    mmproj_path: str = ""
    template: str = ""
    lora_path: str = ""
    lora_strength: float = 1.0
    threads: int = 1
    gpu_layers: int = -1
    context_tokens: int = 4096
    slots: int = 4
    embeds: bool = False
    cache_mib: int = 64
    nice: int = 5
    sampling: dict[str, float] = {}
    image_max_tokens: int = 0

    def __repr__(self) -> str:
        return f"<WorkerSpec {self.name}: {self.slots} slots, {self.threads} threads>"


class Abilities(msgspec.Struct, frozen=True):
    """What a loaded model can take, as its files say."""

    tools: bool = False
    images: bool = False
    embeds: bool = False  # and nothing else


def encode_line(said: WorkerSpec | Abilities) -> bytes:
    """One line."""
    return msgspec.json.encode(said) + b"\n"


def decode_spec(line: bytes) -> WorkerSpec:
    """What a worker reads."""
    return msgspec.json.decode(line, type=WorkerSpec)


def decode_abilities(line: bytes) -> Abilities:
    """What the gateway reads; raises if a worker said anything else, or nothing."""
    try:
        return msgspec.json.decode(line, type=Abilities)
    except msgspec.MsgspecError:
        raise unavailable("The local model could not be loaded; the gateway's log says more.") from None

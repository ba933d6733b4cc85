"""Models that run on this machine."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from dragoman.config.sections.types import Count, NoneOrMore, Seconds

LOCAL_PROVIDER = "local"


class LocalSettings(msgspec.Struct, frozen=True):
    """Models that run on this machine, as the provider `local`; they need the extra `dragoman[local]`."""

    enabled: bool = True
    """Whether the provider `local` steps in by itself: where no other is there, where a route names it, and once a
    model was added. Where it stands under `providers` it is there anyhow."""

    folder: str = ""
    """Where models are kept; `dragoman/models` in the user's cache folder if left out."""

    memory_mib: NoneOrMore = 0
    """Memory that all loaded models may hold together; half of the machine's if 0. The longest unused one makes way; who
    needs the place of one that is busy waits for it."""

    threads: NoneOrMore = 0
    """Threads of a worker; as many as the machine has cores if 0."""

    gpu_layers: Annotated[int, Meta(ge=-1)] = -1
    """Layers of a model that a GPU holds, where the native library is built for one: all if -1, none if 0 (then the GPU
    is left alone altogether). `memory_mib` counts a model's memory wherever it lies."""

    slots: Count = 4
    """Requests that a model answers at the same time."""

    queue_limit: NoneOrMore = 64
    """Requests that may wait for a slot; one more is refused at once with 503."""

    queue_seconds: Seconds = 120.0
    """How long a request waits for a slot, or for memory, before it is refused with 503."""

    start_seconds: Seconds = 120.0
    """How long a request waits for a model to be fetched and loaded before it is refused with 503."""

    idle_seconds: Seconds = 900.0
    """A model that nobody has asked for this long is unloaded."""

    max_tokens: Count = 1024
    """Length of an answer where the request sets no limit."""

    nice: Annotated[int, Meta(ge=0, le=19)] = 5
    """How much workers give way to everything else on the machine."""

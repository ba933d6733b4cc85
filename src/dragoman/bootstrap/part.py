"""What a part of the gateway does beside the traffic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dragoman.bootstrap.settings import Apply
from dragoman.config.schema import Settings
from dragoman.http.application import Work


class Part(NamedTuple):
    """`work` goes on as long as the gateway lives, `apply` makes it go by changed settings, `close` ends it."""

    work: tuple[Work, ...] = ()
    apply: Apply | None = None
    close: Work | None = None


def join_parts(parts: Sequence[Part]) -> tuple[tuple[Work, ...], Apply, Work]:
    """The work, the change and the end of them all, in their order."""

    def apply(changed: Settings) -> None:
        for part in parts:
            if part.apply is not None:
                part.apply(changed)

    async def close() -> None:
        for part in parts:
            if part.close is not None:
                await part.close()

    return tuple(work for part in parts for work in part.work), apply, close

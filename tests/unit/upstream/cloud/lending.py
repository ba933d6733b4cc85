"""A cloud that lends, and what an issuer says when it is asked within a given environment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from dragoman.clock import SystemClock
from dragoman.upstream.cloud.counter import Surroundings
from dragoman.upstream.cloud.source import Grant, Issuer
from dragoman.upstream.http1 import Http1Transport


def lend(open_issuer: Callable[[str, Surroundings], Issuer[Any]], secret: str, environment: Mapping[str, str]) -> Any:
    """What one credential is lent, over real connections."""
    return lend_grant(open_issuer, secret, environment).value


def lend_grant(
    open_issuer: Callable[[str, Surroundings], Issuer[Any]], secret: str, environment: Mapping[str, str]
) -> Grant[Any]:
    """The same, with how long it lasts."""

    async def run() -> Grant[Any]:
        clock = SystemClock()
        transport, direct = Http1Transport(clock), Http1Transport(clock)
        try:
            return await open_issuer(secret, Surroundings(environment, transport, direct, clock)).issue()
        finally:
            await transport.aclose()
            await direct.aclose()

    return asyncio.run(run())

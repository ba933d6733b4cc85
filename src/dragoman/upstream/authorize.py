"""The transport for secrets that never travel: what is withheld is signed, or gets a token, right before it is sent.

Everything else passes straight through.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import msgspec

from dragoman.clock import Clock
from dragoman.routing.target import Withheld
from dragoman.upstream.google_oauth import TokenSource, parse_account
from dragoman.upstream.sigv4 import parse_aws_key, sign_request
from dragoman.upstream.transport import Answer, OutgoingRequest, Transport

MAX_SOURCES = 256
"""More accounts than anybody has; reloads of the configuration must not pile them up for ever."""


class AuthorizingTransport:
    """Sends requests to origins, with what shows who we are put into them."""

    def __init__(self, inner: Transport, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock
        self._sources: dict[Withheld, TokenSource] = {}

    def __repr__(self) -> str:
        return f"<AuthorizingTransport over {self._inner!r}>"

    def send(self, request: OutgoingRequest) -> Coroutine[Any, Any, Answer]:
        """Sends the request and waits for the head of the answer."""
        withheld = request.withheld
        if withheld is None:
            return self._inner.send(request)
        if withheld.scheme == "sigv4":
            signed = sign_request(request, parse_aws_key(withheld.secret.reveal()), self._clock.unix())
            return self._inner.send(signed)
        return self._send_with_token(request, self._find_source(withheld))

    async def aclose(self) -> None:
        """Ends all calls."""
        await self._inner.aclose()

    async def _send_with_token(self, request: OutgoingRequest, source: TokenSource) -> Answer:
        token = await source.read_token()
        headers = [*request.headers, (b"authorization", b"Bearer " + token.encode())]
        answer = await self._inner.send(msgspec.structs.replace(request, headers=headers))
        if answer.status == 401:
            source.forget(token)
        return answer

    def _find_source(self, withheld: Withheld) -> TokenSource:
        source = self._sources.get(withheld)
        if source is None:
            if len(self._sources) >= MAX_SOURCES:
                self._sources.pop(next(iter(self._sources)))
            source = TokenSource(parse_account(withheld.secret.reveal()), self._inner, self._clock)
            self._sources[withheld] = source
        return source

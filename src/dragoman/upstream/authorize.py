"""The transport for secrets that never travel: what is withheld is signed, or gets a token, right before it is sent.

Everything else passes straight through. What a cloud has lent is there already when a request comes (`cloud/source.py`);
where a provider no longer takes it, the request is sent once more with another.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple

import msgspec

from dragoman.clock import Clock
from dragoman.routing.target import Withheld
from dragoman.upstream.cloud.aws import AwsIssuer
from dragoman.upstream.cloud.counter import Surroundings
from dragoman.upstream.cloud.entra import EntraIssuer
from dragoman.upstream.cloud.google import GoogleIssuer
from dragoman.upstream.cloud.source import Issuer, Source, Start
from dragoman.upstream.sigv4 import parse_aws_key, sign_request
from dragoman.upstream.transport import Answer, OutgoingRequest, Transport

MAX_SOURCES = 256
"""More accounts than anybody has; reloads of the configuration must not pile them up for ever."""

_AWS_ENDED = (b"ExpiredToken", b"UnrecognizedClient", b"InvalidClientTokenId")
"""How Amazon says that an identity is no more. It says 403 of much else."""


def _put_token(request: OutgoingRequest, token: str, _: float) -> OutgoingRequest:
    headers = [*request.headers, (b"authorization", b"Bearer " + token.encode())]
    return msgspec.structs.replace(request, headers=headers)


def _refuses_token(answer: Answer) -> bool:
    return answer.status == 401


def _refuses_key(answer: Answer) -> bool:
    return answer.status == 403 and (answer.header(b"x-amzn-errortype") or b"").startswith(_AWS_ENDED)


class _Way(NamedTuple):
    """How something lent is come by and shown, and how a provider says that it no longer takes it."""

    open: Callable[[str, Surroundings], Issuer[Any]]
    put: Callable[[OutgoingRequest, Any, float], OutgoingRequest]
    refuses: Callable[[Answer], bool]


WAYS: dict[str, _Way] = {
    "aws": _Way(AwsIssuer, sign_request, _refuses_key),
    "google-oauth": _Way(GoogleIssuer, _put_token, _refuses_token),
    "entra": _Way(EntraIssuer, _put_token, _refuses_token),
}


class AuthorizingTransport:
    """Sends requests to origins, with what shows who we are put into them. `direct` reaches addresses of this very
    machine, past every proxy."""

    def __init__(
        self,
        inner: Transport,
        clock: Clock,
        start: Start,
        *,
        direct: Transport | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._inner = inner
        self._direct = direct or inner
        self._clock = clock
        self._start = start
        self._around = Surroundings(environment or {}, inner, self._direct, clock)
        self._sources: dict[Withheld, Source[Any]] = {}

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
        return self._send_with_lent(request, WAYS[withheld.scheme], self._find_source(withheld))

    async def aclose(self) -> None:
        """Ends all calls."""
        await self._inner.aclose()
        if self._direct is not self._inner:
            await self._direct.aclose()

    async def _send_with_lent(self, request: OutgoingRequest, way: _Way, source: Source[Any]) -> Answer:
        lent = source.read_present()
        if lent is None:
            lent = await source.read()
        answer = await self._inner.send(way.put(request, lent, self._clock.unix()))
        if not way.refuses(answer) or not source.forget(lent):
            return answer
        answer.close()
        return await self._inner.send(way.put(request, await source.read(), self._clock.unix()))

    def _find_source(self, withheld: Withheld) -> Source[Any]:
        source = self._sources.get(withheld)
        if source is None:
            if len(self._sources) >= MAX_SOURCES:
                self._sources.pop(next(iter(self._sources)))
            issuer = WAYS[withheld.scheme].open(withheld.secret.reveal(), self._around)
            source = Source(issuer, self._clock, self._start)
            self._sources[withheld] = source
        return source

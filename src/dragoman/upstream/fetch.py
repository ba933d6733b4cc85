"""Fetches a file from a URL that a caller gave: the one place where a stranger says where we connect.

Theory of operation: the transport asks our resolver for the addresses of a name and connects to what it is given, with
no second look-up. Our resolver gives either addresses of which every single one is public, or an error. So what is
checked is what is connected to, also when a name changes its mind between two questions, and also behind a redirect,
since each hop is a call of its own. Invariants: nothing is connected to before all its addresses are judged; no proxy,
no cookie and no credential is involved; size, time, hops and types are bounded; each fetch has a transport of its own,
so that nothing of it stays.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

import msgspec

from dragoman.adapt.media.sniff import HEAD_BYTES, sniff_media_type
from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Timeouts
from dragoman.upstream.connect import Address, Resolve, resolve_name
from dragoman.upstream.failures import CONNECT_ERRORS, not_connected
from dragoman.upstream.fetch_url import FetchUrl, follow_redirect, parse_fetch_url, refuse_url
from dragoman.upstream.http1 import Http1Transport
from dragoman.upstream.pool import Limits
from dragoman.upstream.public_addresses import Judge, is_public
from dragoman.upstream.tls import build_tls_context
from dragoman.upstream.transport import Answer, OutgoingRequest

REDIRECTS = frozenset((301, 302, 303, 307, 308))
VAGUE_TYPES = frozenset(("", "application/octet-stream", "binary/octet-stream"))
TEXT_TYPES = frozenset(("text/plain", "text/csv", "text/markdown"))
CONTAINERS = frozenset(("video/mp4", "video/webm"))
"""Formats of video that may hold nothing but sound; then only the claim tells."""

_LIMITS = Limits(max_connections=1, max_idle=0)


class FetchRules(msgspec.Struct, frozen=True):
    """What may be fetched, and from which ports."""

    max_bytes: int = 20 * 1024 * 1024
    total_seconds: float = 20.0
    connect_seconds: float = 5.0
    max_redirects: int = 3
    max_at_once: int = 16
    ports: frozenset[int] = frozenset((80, 443))


DEFAULT_RULES = FetchRules()


class Fetched(msgspec.Struct, frozen=True):
    """A file, with the type that its own bytes gave away."""

    media_type: str
    data: bytes

    def __repr__(self) -> str:
        return f"<Fetched {self.media_type}, {len(self.data)} bytes>"


class Fetcher:
    """Fetches for all callers; at most `max_at_once` at a time. `judge` says which addresses may be connected to."""

    def __init__(
        self,
        clock: Clock,
        rules: FetchRules = DEFAULT_RULES,
        judge: Judge = is_public,
        resolve: Resolve = resolve_name,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._clock = clock
        self._rules = rules
        self._judge = judge
        self._resolve = resolve
        self._tls = tls
        self._turns = asyncio.Semaphore(rules.max_at_once)

    async def fetch(self, url: str) -> Fetched:
        """The file behind a URL. Every failure is a `DragomanError` that may be shown to the caller."""
        try:
            async with asyncio.timeout(self._rules.total_seconds), self._turns:
                return await self._follow(url)
        except TimeoutError:
            seconds = self._rules.total_seconds
            raise _not_fetched(f"was not fetched within {seconds:g} s", Kind.TIMEOUT) from None

    async def _follow(self, url: str) -> Fetched:
        for _ in range(self._rules.max_redirects + 1):
            got = await self._ask(parse_fetch_url(url, self._rules.ports))
            if isinstance(got, Fetched):
                return got
            url = follow_redirect(url, got)
        raise refuse_url(f"leads on more than {self._rules.max_redirects} times")

    async def _ask(self, url: FetchUrl) -> Fetched | bytes:
        """The file, or where a redirect leads to."""
        rules = self._rules
        if url.origin.scheme == "https" and self._tls is None:
            self._tls = build_tls_context()
        seconds = rules.total_seconds
        timeouts = Timeouts(rules.connect_seconds, seconds, seconds, seconds, seconds, seconds)
        headers = [(b"accept", b"*/*"), (b"user-agent", b"dragoman"), (b"connection", b"close")]
        request = OutgoingRequest(url.origin, b"GET", url.target, headers, timeouts=timeouts)
        transport = Http1Transport(self._clock, self._tls, _LIMITS, resolve=self._resolve_public)
        try:
            return await self._read(await transport.send(request))
        except DragomanError as error:
            if error.blame == "client":
                raise
            raise _not_fetched("could not be fetched: its server could not be reached or broke off") from error
        finally:
            await transport.aclose()

    async def _resolve_public(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of a name, all of them public; one that is not condemns the name."""
        try:
            addresses = await self._resolve(host, port)
        except CONNECT_ERRORS as error:
            raise not_connected(error) from error
        if not all(self._judge(str(address[0])) for _, address in addresses):
            raise refuse_url("leads to an address that is not public")
        return addresses

    async def _read(self, answer: Answer) -> Fetched | bytes:
        location = answer.header(b"location")
        if answer.status in REDIRECTS and location:
            return location
        if answer.status != 200:
            raise _not_fetched(f"was answered with status {answer.status}")
        claimed = _read_type(answer)
        body = await self._read_body(answer)
        return Fetched(_judge_type(claimed, body), body)

    async def _read_body(self, answer: Answer) -> bytes:
        limit = self._rules.max_bytes
        length = answer.header(b"content-length") or b""
        body = bytearray()
        is_long = length.isdigit() and int(length[:20]) > limit
        while not is_long and (chunk := await answer.read_chunk()):
            body += chunk
            is_long = len(body) > limit
        if is_long:
            raise _not_fetched(f"leads to a file of more than {limit} bytes", Kind.TOO_LARGE)
        return bytes(body)


def _read_type(answer: Answer) -> str:
    said = (answer.header(b"content-type") or b"").decode("latin-1")
    return said.partition(";")[0].strip().lower()


def _judge_type(claimed: str, body: bytes) -> str:
    """The type by the bytes. A claim that contradicts them is a mistake or a trick, and neither is passed on."""
    found = sniff_media_type(body[:HEAD_BYTES])
    if not found and claimed in TEXT_TYPES:
        return claimed
    family = claimed.partition("/")[0]
    if found in CONTAINERS and family == "audio":
        return f"audio/{found.partition('/')[2]}"
    if not found or (claimed not in VAGUE_TYPES and family != found.partition("/")[0]):
        raise _not_fetched("does not lead to an image, a sound, a video, a PDF or plain text")
    return found


def _not_fetched(what: str, kind: Kind = Kind.INVALID_REQUEST) -> DragomanError:
    message = f"The URL {what}. Send the file itself instead, in base64 (a data: URI)."
    return DragomanError(kind, message, status=400, code="url_not_fetched")

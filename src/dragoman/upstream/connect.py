"""Opens connections: names to addresses, a race of addresses, a tunnel if there is a proxy, TLS on top.

The same code runs on asyncio's loop and on uvloop (whose `create_connection` cannot race addresses), so sockets are
connected here and handed to the loop afterwards. Whoever calls bounds the time and may cancel at any point; nothing
stays open then. Happy eyeballs: RFC 8305; CONNECT: RFC 9110 §9.3.6.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import Any

from dragoman.upstream.failures import connect_failed
from dragoman.upstream.proxy import NO_PROXIES, Proxy, ProxyRules, format_authority, select_proxy
from dragoman.upstream.tls import build_tls_context, require_verification
from dragoman.upstream.transport import Origin

STAGGER_SECONDS = 0.25
MAX_TUNNEL_REPLY_BYTES = 16 * 1024

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
Connect = Callable[[Address], Awaitable[socket.socket]]


async def resolve_name(host: str, port: int) -> Sequence[Address]:
    """Asks the system's resolver, which runs in a thread; the order is the system's preference."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


class Connector:
    """Knows every way to an origin: direct, through a proxy, over a Unix socket; with TLS or without."""

    def __init__(
        self,
        tls_context: ssl.SSLContext | None = None,
        proxies: ProxyRules = NO_PROXIES,
        resolve: Resolve = resolve_name,
    ) -> None:
        self._tls_context = None if tls_context is None else require_verification(tls_context)
        self._proxies = proxies
        self._resolve = resolve

    def find_proxy(self, origin: Origin) -> Proxy | None:
        """The proxy that stands between us and this origin."""
        return select_proxy(self._proxies, origin)

    async def open(self, origin: Origin, protocol: asyncio.Protocol) -> None:
        """Connects the protocol to the origin; returns once TLS is agreed on."""
        loop = asyncio.get_running_loop()
        tls = self._select_tls_context() if origin.scheme == "https" else None
        server_name = origin.host if tls else None
        if origin.unix_path is not None:
            await loop.create_unix_connection(lambda: protocol, origin.unix_path, ssl=tls, server_hostname=server_name)
            return
        sock = await self._open_socket(origin, self.find_proxy(origin))
        try:
            await loop.create_connection(lambda: protocol, sock=sock, ssl=tls, server_hostname=server_name)
        except BaseException:
            sock.close()
            raise

    def _select_tls_context(self) -> ssl.SSLContext:
        """Built when first needed: reading the system's authorities takes milliseconds and megabytes."""
        if self._tls_context is None:
            self._tls_context = build_tls_context()
        return self._tls_context

    async def _open_socket(self, origin: Origin, proxy: Proxy | None) -> socket.socket:
        stop = proxy or origin
        sock = await race_addresses(interleave_families(await self._resolve(stop.host, stop.port)))
        if proxy is not None and origin.scheme == "https":
            try:
                await _open_tunnel(sock, proxy, format_authority(origin.host, origin.port))
            except BaseException:
                sock.close()
                raise
        return sock


def interleave_families(addresses: Sequence[Address]) -> list[Address]:
    """The first address's family leads, and the families take turns, so that a dead one costs one step only."""
    if not addresses:
        return []
    leading = [address for address in addresses if address[0] == addresses[0][0]]
    others = [address for address in addresses if address[0] != addresses[0][0]]
    return [address for pair in zip_longest(leading, others) for address in pair if address is not None]


async def connect_socket(address: Address) -> socket.socket:
    """A socket connected to that address."""
    family, target = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, target)
    except BaseException:
        sock.close()
        raise
    return sock


async def race_addresses(
    addresses: Sequence[Address], connect: Connect = connect_socket, stagger_seconds: float = STAGGER_SECONDS
) -> socket.socket:
    """Connects to the first address that answers; each next one starts a moment later, or when one has failed."""
    if not addresses:
        raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
    if len(addresses) == 1:
        return await connect(addresses[0])
    race = _Race(connect)
    try:
        async with asyncio.TaskGroup() as group:
            runners = []
            for address in addresses:
                runners.append(group.create_task(race.run(address)))
                await race.wait_for_news(stagger_seconds)
                if race.winner is not None:
                    break
            while race.winner is None and len(race.failures) < len(runners):
                await race.wait_for_news(None)
            for runner in runners:
                runner.cancel()
    except BaseException:
        if race.winner is not None:
            race.winner.close()
        raise
    if race.winner is None:
        raise race.failures[0]
    return race.winner


class _Race:
    """The addresses under way. The first socket to connect wins; those that come too late are closed."""

    def __init__(self, connect: Connect) -> None:
        self.winner: socket.socket | None = None
        self.failures: list[OSError] = []
        self._connect = connect
        self._news = asyncio.Event()

    async def run(self, address: Address) -> None:
        try:
            sock = await self._connect(address)
        except OSError as error:
            self.failures.append(error)
        else:
            if self.winner is None:
                self.winner = sock
            else:
                sock.close()
        self._news.set()

    async def wait_for_news(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()


async def _open_tunnel(sock: socket.socket, proxy: Proxy, authority: str) -> None:
    loop = asyncio.get_running_loop()
    lines = [f"CONNECT {authority} HTTP/1.1".encode(), f"host: {authority}".encode()]
    if proxy.authorization is not None:
        lines.append(b"proxy-authorization: " + proxy.authorization)
    await loop.sock_sendall(sock, b"\r\n".join(lines) + b"\r\n\r\n")
    reply = b""
    while b"\r\n\r\n" not in reply:
        received = await loop.sock_recv(sock, 4096)
        reply += received
        if not received or len(reply) > MAX_TUNNEL_REPLY_BYTES:
            raise connect_failed("proxy", "the proxy's answer to CONNECT makes no sense")
    _check_tunnel_reply(reply)


def _check_tunnel_reply(reply: bytes) -> None:
    """Any 2xx opens the tunnel. The origin does not speak first, so nothing may follow the head."""
    head, _, rest = reply.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    status = words[1] if len(words) > 1 and words[0].startswith(b"HTTP/1.") else b""
    if not (len(status) == 3 and status.isdigit()):
        raise connect_failed("proxy", "the proxy's answer to CONNECT makes no sense")
    if not status.startswith(b"2"):
        raise connect_failed("proxy", f"the proxy answered CONNECT with status {status.decode()}")
    if rest:
        raise connect_failed("proxy", "the proxy sent bytes of its own into the tunnel")

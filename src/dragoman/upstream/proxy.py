"""Which proxy, if any, stands between us and an origin.

The usual variables (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, lower case first) come in as a mapping, since only
`config` reads the environment. A Unix socket or a loopback address is never proxied, listed or not. A proxy is spoken
to in plain HTTP: https origins through a CONNECT tunnel, http origins in absolute form (RFC 9112 §3.2.2).
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from typing import Literal
from urllib.parse import unquote, urlsplit

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.transport import Origin

DEFAULT_PORTS: dict[Literal["http", "https"], int] = {"http": 80, "https": 443}


class Proxy(msgspec.Struct, frozen=True):
    """Where a proxy listens, and what it wants to see in `proxy-authorization`."""

    host: str
    port: int
    authorization: bytes | None = None

    def __repr__(self) -> str:
        return f"<Proxy {self.host}:{self.port}{', with credentials' if self.authorization else ''}>"


class ProxyRules(msgspec.Struct, frozen=True):
    """The proxy for each scheme, and the hosts that are reached directly all the same."""

    http: Proxy | None = None
    https: Proxy | None = None
    direct: tuple[str, ...] = ()


NO_PROXIES = ProxyRules()


def parse_proxy_rules(environ: Mapping[str, str]) -> ProxyRules:
    """Reads the variables out of an environment-like mapping."""
    direct = (entry.strip().lower() for entry in _lookup(environ, "NO_PROXY").split(","))
    return ProxyRules(
        http=_parse_proxy("HTTP_PROXY", _lookup(environ, "HTTP_PROXY")),
        https=_parse_proxy("HTTPS_PROXY", _lookup(environ, "HTTPS_PROXY")),
        direct=tuple(entry for entry in direct if entry),
    )


def select_proxy(rules: ProxyRules, origin: Origin) -> Proxy | None:
    """The proxy to reach this origin through; None is the direct way."""
    proxy = rules.https if origin.scheme == "https" else rules.http
    if proxy is None or origin.unix_path is not None:
        return None
    host = origin.host.lower().rstrip(".")
    if _is_loopback(host) or any(_is_covered(entry, host, origin.port) for entry in rules.direct):
        return None
    return proxy


def format_authority(host: str, port: int) -> str:
    """`host:port` as HTTP writes it, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _lookup(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name.lower()) or environ.get(name) or ""


def _parse_proxy(name: str, url: str) -> Proxy | None:
    if not url.strip():
        return None
    text = url.strip() if "://" in url else f"http://{url.strip()}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or DEFAULT_PORTS["http"]
    except ValueError:
        host, port, parts = None, 0, urlsplit("")
    if parts.scheme != "http" or not host:
        message = f"{name} must be of the form http://[user:password@]host:port; other kinds of proxy are not supported"
        raise DragomanError(Kind.INVALID_REQUEST, message, blame="gateway", path=name)
    return Proxy(host, port, _build_authorization(parts.username, parts.password))


def _build_authorization(user: str | None, password: str | None) -> bytes | None:
    if user is None:
        return None
    credentials = f"{unquote(user)}:{unquote(password or '')}"
    return b"Basic " + base64.b64encode(credentials.encode())


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _parse_address(host)
    return address is not None and address.is_loopback


def _is_covered(entry: str, host: str, port: int) -> bool:
    """An entry is `*`, a network, or a host name (which covers its subdomains), perhaps with a port."""
    if entry == "*":
        return True
    if "/" in entry:
        return _is_in_network(entry, host)
    name, separator, wanted_port = entry.rpartition(":")
    if separator and wanted_port.isdigit() and _parse_address(entry) is None:
        if int(wanted_port) != port:
            return False
        entry = name
    entry = entry.removeprefix("*").strip("[]").strip(".")
    return host == entry or host.endswith("." + entry)


def _is_in_network(entry: str, host: str) -> bool:
    address = _parse_address(host)
    try:
        return address is not None and address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None

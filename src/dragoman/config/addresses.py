"""What can be said of addresses and URLs without asking anyone: whether they are sound, local, or the gateway itself."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, never bound
_ORIGIN = re.compile(r"https?://[^/\s?#@]+")
_HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]+")


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach what listens there. A name other than localhost is not taken on trust."""
    if host == "localhost":
        return True
    address = _parse_address(host)
    return address is not None and address.is_loopback


def is_local_network(host: str) -> bool:
    """Whether traffic to it stays, as far as one can tell, in the operator's own network."""
    address = _parse_address(host)
    return is_loopback(host) or "." not in host or (address is not None and address.is_private)


def find_url_fault(url: str) -> str:
    """What is wrong with a base URL, in words; empty if nothing is. Never repeats the URL: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a URL that can be read"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "has characters that do not belong into a URL"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "must begin with http:// or https:// and a host"
    return _find_part_fault(parts, port)


def _find_part_fault(parts: SplitResult, port: int | None) -> str:
    if "@" in parts.netloc:
        return "holds a user name or password; give the secret as a credential"
    if parts.query or parts.fragment:
        return "must end with its path; no ? and no #"
    if "{" in parts.geturl():
        return "still has a {place} to be filled in"
    return "has port 0" if port == 0 else ""


def is_origin(text: str) -> bool:
    """Whether it is a web origin: scheme, host, perhaps a port, and nothing else."""
    return _ORIGIN.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Whether it could stand in a `Host` header."""
    return _HOST.fullmatch(text) is not None


def points_at(url: str, host: str, port: int) -> bool:
    """Whether a sound URL leads back to what listens at `host` and `port` on this machine."""
    parts = urlsplit(url)
    target = parts.hostname or ""
    url_port = parts.port or (443 if parts.scheme == "https" else 80)
    same_host = target == host or target in _ANY_ADDRESS or is_loopback(target)
    return url_port == port and same_host and (host in _ANY_ADDRESS or is_loopback(host) or target == host)


def _parse_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None

"""The one reader of URLs that strangers want fetched. What it gives is what is resolved, connected to and asked for; no
second parser ever looks at the text again.

It takes less than the standards allow: `http` or `https`, a host of plain letters or an address in its one usual form,
and visible ASCII. Whatever two parsers have been known to read differently is refused instead of repaired: user names,
backslashes, blanks, numbers as hosts (`2130706433`, `0177.0.0.1`, `0x7f.1`, `127.1`), zones, characters that only look
like ASCII. WHATWG URL §4.4, RFC 3986 §3.2.2.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, NamedTuple
from urllib.parse import urljoin

from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Origin

MAX_URL_CHARACTERS = 4096
DEFAULT_PORTS: dict[str, int] = {"http": 80, "https": 443}

_URL = re.compile(
    r"(?P<scheme>https?)://(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9._-]{1,253}))(?::(?P<port>\d{1,5}))?"
    r"(?P<target>[/?][!-~]*)?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"(?:0[xX][0-9A-Fa-f]*|\d+)")
_AMBIGUOUS = re.compile(r"[\\^`{|}<>\"\s]")


class FetchUrl(NamedTuple):
    """Where to connect, and the path and query to ask for."""

    origin: Origin
    target: bytes


def parse_fetch_url(url: str, ports: frozenset[int]) -> FetchUrl:
    """The URL, or an error that says what about it is not acceptable; never one that repeats it."""
    if len(url) > MAX_URL_CHARACTERS:
        raise refuse_url(f"is longer than {MAX_URL_CHARACTERS} characters")
    text = url.partition("#")[0]
    found = _URL.fullmatch(text)
    if found is None or _AMBIGUOUS.search(text):
        raise refuse_url("must be a plain http or https URL: a host, perhaps a port, a path; no user name")
    scheme: Literal["http", "https"] = "https" if found["scheme"].lower() == "https" else "http"
    port = int(found["port"]) if found["port"] else DEFAULT_PORTS[scheme]
    if port not in ports:
        raise refuse_url(f"names a port that is not allowed; allowed are {', '.join(map(str, sorted(ports)))}")
    host = _read_six(found["six"]) if found["six"] else _read_name(found["name"])
    target = found["target"] or "/"
    return FetchUrl(Origin(scheme, host, port), (target if target.startswith("/") else f"/{target}").encode())


def follow_redirect(url: str, location: bytes) -> str:
    """The URL that a redirect leads to; it is judged like any other afterwards."""
    try:
        joined = urljoin(url, location.decode("ascii"))
    except ValueError:
        raise refuse_url("leads on to one that cannot be read") from None
    if url.lower().startswith("https:") and not joined.lower().startswith("https:"):
        raise refuse_url("leads on from https to something less safe")
    return joined


def refuse_url(reason: str) -> DragomanError:
    """The caller's URL is not fetched. What it may be is told, not what it was resolved to."""
    message = f"The URL {reason}. Send the file itself instead, in base64 (a data: URI)."
    return DragomanError(Kind.INVALID_REQUEST, message, code="url_refused")


def _read_six(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise refuse_url("has a host that is no IPv6 address") from None


def _read_name(text: str) -> str:
    """A name, or an IPv4 address of four plain decimal numbers. A last label of digits makes it an address in the eyes
    of browsers, and of `inet_aton`."""
    name = text.lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(name))
        except ValueError:
            raise refuse_url("has a number for a host that is not in the form 192.0.2.1") from None
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise refuse_url("has a host that is no legal name")
    return name

"""The address of a Postgres, taken apart here: a client library that stumbles over a password tells pieces of it.

Spec: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS, with one host or none.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from dragoman.errors import invalid
from dragoman.model.secret import Secret

PATH = "ledger.url"

_SCHEMES = frozenset({"postgres", "postgresql"})
_HOST = re.compile(r"[A-Za-z0-9_.:-]*")
_OPTION = re.compile(r"[a-z_]+")


def find_postgres_url_fault(url: Secret) -> str:
    """What is wrong with an address, in words; empty if nothing is. Never repeats it: it may hold a password."""
    try:
        parts = urlsplit(url.reveal())
        port = parts.port
    except ValueError:
        return "is not a URL that can be read; special characters in a password are written as %XX"
    if parts.scheme not in _SCHEMES:
        return "must begin with postgres:// or postgresql://"
    if "@" in parts.path or "@" in parts.query or parts.fragment or not _HOST.fullmatch(parts.hostname or ""):
        return "has a host that cannot be read; special characters in a password are written as %XX"
    if port == 0:
        return "has port 0"
    if not all(_OPTION.fullmatch(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return "has an option with an unknown name after the ?"
    return "" if len(parts.path) > 1 else "must end with the name of a database, such as /dragoman"


def parse_postgres_url(url: Secret) -> dict[str, str]:
    """The same as the words of the client library."""
    if fault := find_postgres_url_fault(url):
        raise invalid(f"{PATH} {fault}.", PATH)
    parts = urlsplit(url.reveal())
    given = {
        "host": parts.hostname,
        "port": str(parts.port or ""),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path[1:]),
    }
    return {name: value for name, value in given.items() if value} | dict(parse_qsl(parts.query))


def show_address(url: Secret) -> str:
    """Where it is, for people."""
    parts: SplitResult = urlsplit(url.reveal())
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname or ''}{port}{parts.path}"

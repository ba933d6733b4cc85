"""Asking the places where clouds lend secrets: a small request, a small answer, little patience.

Invariant: no error tells anything of what was shown or answered, but for the short code of a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Origin, Timeouts
from dragoman.upstream.proxy import DEFAULT_PORTS
from dragoman.upstream.transport import Headers, OutgoingRequest, Transport

MAX_ANSWER_BYTES = 256 * 1024
MAX_FILE_BYTES = 1024 * 1024
MAX_CODE_LENGTH = 64
PATIENCE = Timeouts(connect=5.0, send=5.0, first_byte=15.0, idle=10.0, progress=10.0, total=30.0)
LITTLE_PATIENCE = Timeouts(connect=1.0, send=1.0, first_byte=2.0, idle=2.0, progress=2.0, total=4.0)
"""For addresses of the machine itself: where nobody answers at once nobody is there."""

T = TypeVar("T")


class Surroundings(NamedTuple):
    """What issuers go by. `direct` opens connections past every proxy, for addresses that mean this very machine."""

    environment: Mapping[str, str]
    transport: Transport
    direct: Transport
    clock: Clock

    def read(self, name: str) -> str:
        """A variable, empty where it is not set."""
        return self.environment.get(name, "").strip()


class Told(NamedTuple):
    """What came back."""

    status: int
    body: bytes

    def __repr__(self) -> str:
        return f"<Told {self.status}, {len(self.body)} bytes>"


def build_request(
    method: str, url: str, headers: Mapping[str, str], body: bytes = b"", timeouts: Timeouts = PATIENCE
) -> OutgoingRequest:
    """A request to an absolute address; raises if it is none."""
    address = urlsplit(url)
    if address.scheme not in DEFAULT_PORTS or not address.hostname or not url.isascii() or not url.isprintable():
        raise refuse("An address that credentials are to be had from is no http or https address.")
    scheme: Literal["http", "https"] = "http" if address.scheme == "http" else "https"
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    pairs: Headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    origin = Origin(scheme, address.hostname, address.port or DEFAULT_PORTS[scheme])
    return OutgoingRequest(origin, method.encode(), target.encode(), pairs, body, timeouts)


def build_form(url: str, fields: Mapping[str, str]) -> OutgoingRequest:
    """A request that hands in a form."""
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    return build_request("POST", url, headers, urlencode(fields).encode())


async def ask(transport: Transport, request: OutgoingRequest) -> Told:
    """Send it and read the whole answer."""
    answer = await transport.send(request)
    try:
        return Told(answer.status, await answer.read_all(MAX_ANSWER_BYTES))
    finally:
        answer.close()


async def ask_machine(around: Surroundings, request: OutgoingRequest, nobody: str) -> Told:
    """The same of an address that means this very machine; where nobody is there, `nobody` says what is missing."""
    try:
        return await ask(around.direct, request)
    except DragomanError:
        raise refuse(nobody) from None


def read_told(told: Told, who: str, kind: type[T]) -> T:
    """The answer, if it is one; else an error that tells whose fault it is."""
    if told.status == 200:
        try:
            return msgspec.json.decode(told.body, type=kind)
        except (msgspec.MsgspecError, UnicodeError):
            raise refuse(f"{who} answered with something that is no credential.") from None
    raise fail(told, who)


class _Refusal(msgspec.Struct, frozen=True):
    error: str | None = None


def fail(told: Told, who: str, code: str = "") -> DragomanError:
    """The error for an answer that is none: theirs for now, or ours until somebody mends it."""
    if told.status >= 500 or told.status == 429:
        message = f"{who} lends nothing at the moment ({told.status})."
        return DragomanError(Kind.OVERLOADED, message, blame="upstream", phase="connect")
    if not code:
        try:
            code = msgspec.json.decode(told.body, type=_Refusal).error or ""
        except (msgspec.MsgspecError, UnicodeError):
            code = ""
    shown = code if code.isascii() and code.isprintable() and len(code) <= MAX_CODE_LENGTH else ""
    return refuse(f"{who} refused what the gateway showed ({told.status}{f', {shown}' if shown else ''}).", shown)


def refuse(message: str, code: str = "") -> DragomanError:
    """What the operator of the gateway has to mend."""
    return DragomanError(Kind.AUTHENTICATION, message, blame="gateway", code=code or None, phase="connect")


def read_text(path: str, what: str) -> str:
    """A small file. It is read anew each time, since who puts it there replaces it."""
    try:
        place = Path(path).expanduser()
        if place.stat().st_size > MAX_FILE_BYTES:
            raise refuse(f"The file of {what} is too large to be one.")
        return place.read_text(encoding="utf-8")
    except (OSError, ValueError, RuntimeError):
        raise refuse(f"The file of {what} cannot be read.") from None


def count_seconds(moment: str, unix: float) -> float:
    """How far away a moment is, written as clouds do: `2026-11-21T20:00:00Z`."""
    try:
        return datetime.fromisoformat(moment).timestamp() - unix
    except ValueError:
        raise refuse("A cloud lent something without a readable end.") from None

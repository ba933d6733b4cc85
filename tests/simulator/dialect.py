"""What every dialect module offers, and what all of them share.

A dialect is a module with the names of the protocol `Dialect`: it checks a request as the real API would, and turns a
`Turn` (a script with nothing left open) into a JSON answer and into a stream of events.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from tests.simulator.complaint import ComplaintError
from tests.simulator.http1 import Request
from tests.simulator.say import JSON, Finish, Parts, Say, Tokens

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Call(msgspec.Struct, frozen=True):
    """A request that has found its dialect. `key` is the credential seen and `carrier` its place, `body` the JSON object sent, `stream` how the
    answer is streamed if at all: as server-sent events, as one JSON array, or in Amazon's binary framing.
    """

    request: Request
    dialect: str
    operation: str = ""
    model: str = ""
    stream: Literal["", "events", "array", "amazon"] = ""
    key: str = ""
    carrier: str = ""
    body: JSON = {}


class Turn(msgspec.Struct, frozen=True):
    """One answer to be given: the script with every default filled in.

    `reported` is the usage that the wire shows; None hides it. `usage` is what is billed either way.
    """

    call: Call
    say: Say
    number: int
    created: int
    candidates: tuple[Parts, ...]
    finishes: tuple[Finish, ...]
    usage: Tokens
    reported: Tokens | None

    @property
    def model(self) -> str:
        return self.say.model or self.call.model

    def id(self, prefix: str, length: int, *salt: object) -> str:
        """An identifier that looks like the maker's own and is the same for the same request."""
        return prefix + letters(length, self.number, self.call.dialect, prefix, *salt)

    def secret(self, *salt: object) -> str:
        """Base64 that looks like a signature or encrypted thinking."""
        return base64.b64encode(hashlib.shake_128(repr((self.number, salt)).encode()).digest(96)).decode()


class Event(NamedTuple):
    """One event of a stream. `label` names it in the journal; events with `content` are what output is billed by."""

    label: str
    data: JSON | str
    name: str | None = None
    content: bool = False


class Dialect(Protocol):
    """What a dialect module holds."""

    @property
    def NAME(self) -> str: ...  # noqa: N802
    @property
    def CARRIERS(self) -> tuple[str, ...]: ...  # noqa: N802 — where a credential may stand
    @property
    def LINE_END(self) -> str: ...  # noqa: N802 — of its streams
    @property
    def INDENT(self) -> int: ...  # noqa: N802 — of its JSON answers
    @property
    def PING(self) -> Event | None: ...  # noqa: N802

    def check(self, call: Call) -> None:
        """Raise a complaint about what the real API would refuse."""

    def last_user_text(self, body: JSON) -> str: ...
    def answer(self, turn: Turn) -> JSON: ...
    def events(self, turn: Turn) -> Iterator[Event]: ...
    def error(self, complaint: ComplaintError, request_id: str) -> JSON: ...
    def error_events(self, complaint: ComplaintError, turn: Turn, sent: list[Event]) -> list[Event]: ...
    def count(self, tokens: int) -> JSON: ...
    def models(self, names: Iterable[str]) -> JSON: ...
    def headers(self, request_id: str) -> dict[str, str]: ...


def letters(length: int, *salt: object) -> str:
    """So many letters and digits, decided by `salt`."""
    digest = hashlib.shake_128(repr(salt).encode()).digest(length)
    return "".join(LETTERS[byte % 62] for byte in digest)


def texts_of(content: Any) -> list[str]:
    """Every text inside content that is a string, or a list of strings and of objects with `text`."""
    if isinstance(content, str):
        return [content]
    if not isinstance(content, list):
        return []
    found = [part if isinstance(part, str) else part.get("text") for part in content if isinstance(part, str | dict)]
    return [text for text in found if isinstance(text, str)]


def last_text(messages: Any, field: str = "content") -> str:
    """The text of the last message of the user that has any."""
    if isinstance(messages, str):
        return messages
    for message in reversed(messages if isinstance(messages, list) else []):
        if isinstance(message, dict) and message.get("role", "user") == "user":
            found = texts_of(message.get(field))
            if found:
                return found[-1]
    return ""

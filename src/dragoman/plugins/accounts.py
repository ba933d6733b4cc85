"""Providers of one's own that are used with an account instead of a key: what a plugin has to know of them.

A package offers one by an entry point of the group `dragoman.accounts`, and a credential names it in front of the
account, as in `api_key: "lantern ann:${PASSWORD}"` with `auth: account`. The gateway keeps a session for each
credential (so `concurrency` bounds it like any other), lets requests that find none wait for one log-in, and logs in
anew when the session is over or the provider no longer takes it.

A plugin opens no connection. What it wants asked it yields as an `Ask`, and gets the `Told` back; what takes the
processor longer than a moment (a challenge, say) it yields as a `Compute`, which runs beside the event loop, and gets
the result.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from importlib.metadata import entry_points
from typing import Any, Protocol

import msgspec

from dragoman.errors import invalid

GROUP = "dragoman.accounts"


class Ask(msgspec.Struct, frozen=True):
    """A request to the provider's own host. `path` begins with a slash; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str] = {}
    body: bytes = b""


class Told(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class Compute(msgspec.Struct, frozen=True):
    """Work for the processor."""

    work: Callable[[], Any]


class Session(msgspec.Struct):
    """What a log-in has brought. `state` is the plugin's own; it lasts as long as the session."""

    headers: dict[str, str]
    lasts_seconds: float
    state: dict[str, Any] = {}


Steps = Generator[Ask | Compute, Any, Session]


class AccountPlugin(Protocol):
    """Serves all accounts of one kind of provider."""

    def log_in(self, account: str, last: Session | None) -> Steps:
        """The way to a session. `last` is the one before, which may have a token to refresh it with. Raises a
        `DragomanError` where the account is not let in."""
        ...

    def sign_call(self, session: Session, call: Ask) -> Ask:
        """A call as it is to be sent; the session's headers are put in afterwards."""
        ...

    def note_answer(self, session: Session, call: Ask, told: Told) -> bool:
        """Learn from the head of an answer (`told` has no body). False: the session is no longer taken."""
        ...


def find_account_plugin(name: str) -> AccountPlugin:
    """The plugin of that name; raises if there is none, or if it cannot be loaded."""
    offered = {point.name: point for point in entry_points(group=GROUP)}
    if name not in offered:
        known = ", ".join(sorted(offered)) or "none"
        raise invalid(f"There is no plugin {name!r} for accounts; installed are: {known}.")
    try:
        make: Callable[[], AccountPlugin] = offered[name].load()
    except (ImportError, AttributeError) as error:
        raise invalid(f"The plugin {name!r} cannot be loaded: {error}.") from None
    return make()


def split_account(secret: str) -> tuple[str, str]:
    """The plugin's name and the account, out of a credential."""
    name, blank, account = secret.partition(" ")
    if not (name and blank and account):
        raise invalid("A credential for `auth: account` is the name of a plugin, a blank, and the account.")
    return name, account

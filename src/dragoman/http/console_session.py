"""Who is signed in to the console: opaque sessions on the server's side, and what slows guessing down.

A session begins with a link that the start of the gateway prints and that works once, with a key of the gateway, or with
the word of an identity provider.
Its name is random and kept only as a digest; it ends when nobody has used it for a while, after a week in any case, at
sign-out, and with the gateway. An address that fails again and again has to wait, each time longer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.http.caller import Caller
from dragoman.service.principals import digest_secret

MAX_SESSIONS = 256
LONGEST_SECONDS = 7 * 86_400.0
FREE_FAILURES = 5
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
MAX_ADDRESSES = 1024
SESSION_BYTES = 32


class Session(msgspec.Struct):
    """One browser. Times are monotonic seconds."""

    caller: Caller
    begun: float
    used: float


def nobody_left_one(_digest: bytes) -> bool:
    """Where no command line can leave a link."""
    return False


class Sessions:
    """All of them. `link_token` is what the printed link carries, which works once; `take_link` says of a token's digest
    whether it was left by the command line meanwhile."""

    def __init__(
        self,
        clock: Clock,
        link_token: str = "",
        idle_seconds: float = 43_200.0,
        take_link: Callable[[bytes], bool] = nobody_left_one,
    ) -> None:
        self.idle_seconds = idle_seconds
        self._take_link = take_link
        self._clock = clock
        self._link = digest_secret(link_token) if link_token else b""
        self._sessions: dict[bytes, Session] = {}

    def __repr__(self) -> str:
        return f"<Sessions: {len(self._sessions)} open>"

    def redeem(self, token: str) -> str:
        """A session for whoever has the link; raises if it is not ours or was used."""
        digest = digest_secret(token)
        if digest == self._link:
            self._link = b""
        elif not self._take_link(digest):
            raise DragomanError(Kind.AUTHENTICATION, "This link is not valid, or was used before.", code="used_link")
        return self.begin(Caller("console", "admin", is_session=True))

    def begin(self, caller: Caller) -> str:
        """A new session; the one that was used longest ago makes way if there are too many."""
        now = self._clock.monotonic()
        if len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[min(self._sessions, key=lambda name: self._sessions[name].used)]
        name = secrets.token_urlsafe(SESSION_BYTES)
        self._sessions[digest_secret(name)] = Session(msgspec.structs.replace(caller, is_session=True), now, now)
        return name

    def find(self, name: str) -> Caller | None:
        """Whose session it is, which is used by that; None if there is none, or none any more."""
        digest = digest_secret(name)
        session = self._sessions.get(digest)
        if session is None:
            return None
        now = self._clock.monotonic()
        if now - session.used > self.idle_seconds or now - session.begun > LONGEST_SECONDS:
            del self._sessions[digest]
            return None
        session.used = now
        return session.caller

    def end(self, name: str) -> None:
        """Sign out; nothing happens where nobody is signed in."""
        self._sessions.pop(digest_secret(name), None)


class Patience:
    """Counts failures to sign in by address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}

    def __repr__(self) -> str:
        return f"<Patience with {len(self._failures)} addresses>"

    def check(self, address: str) -> None:
        """Raises while an address has to wait."""
        _, until = self._failures.get(address, (0, 0.0))
        seconds = until - self._clock.monotonic()
        if seconds > 0:
            message = f"Too many failures to sign in; try again in {seconds:.0f} s."
            raise DragomanError(Kind.RATE_LIMIT, message, retry_after_seconds=max(seconds, 1.0))

    def note_failure(self, address: str) -> None:
        """It was a wrong one."""
        count = self._failures.pop(address, (0, 0.0))[0] + 1
        seconds = 0.0
        if count > FREE_FAILURES:
            seconds = min(FIRST_WAIT_SECONDS * 2 ** min(count - FREE_FAILURES - 1, 16), LONGEST_WAIT_SECONDS)
        if len(self._failures) >= MAX_ADDRESSES:
            del self._failures[next(iter(self._failures))]
        self._failures[address] = (count, self._clock.monotonic() + seconds)

    def note_success(self, address: str) -> None:
        """It was a right one: what was before is forgiven."""
        self._failures.pop(address, None)

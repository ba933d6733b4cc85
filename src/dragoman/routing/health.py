"""What is held against somebody who fails, and for how long: a breaker for trouble, a quarantine for refused keys.

Both only note; whoever picks decides whether to heed them, because the last one left is never taken out.
"""

from __future__ import annotations

FAULTS_IN_A_ROW = 5
EJECTION_SECONDS = 30.0
MAX_EJECTION_SECONDS = 300.0
FIRST_PROBE_SECONDS = 10.0
MAX_PROBE_SECONDS = 40.0
PROBE_PATIENCE_SECONDS = 60.0
SPEED_WEIGHT = 0.2


class Breaker:
    """Counts faults in a row. After five it opens for 30 s, the next time for 60 s, up to 300 s; when it closes, one
    more fault opens it again and one success lets it forget a step."""

    __slots__ = ("_ejections", "ejected_until", "faults", "is_marked")

    def __init__(self) -> None:
        self.is_marked = False  # something is held against it
        self.faults = 0
        self.ejected_until = 0.0
        self._ejections = 0

    def __repr__(self) -> str:
        return f"<Breaker: {self.faults} faults in a row, opened {self._ejections} times>"

    def note_fault(self, now: float) -> None:
        """One of its own faults; those of calls that were under way when it opened say nothing new."""
        if now < self.ejected_until:
            return
        self.is_marked = True
        self.faults += 1
        if self.faults >= FAULTS_IN_A_ROW:
            self._ejections += 1
            self.ejected_until = now + min(EJECTION_SECONDS * self._ejections, MAX_EJECTION_SECONDS)
            self.faults = FAULTS_IN_A_ROW - 1

    def note_success(self) -> None:
        """It served."""
        if self.faults:
            self.faults = 0
            self.ejected_until = 0.0
        if self._ejections:
            self._ejections -= 1
        self.is_marked = self._ejections > 0


class Quarantine:
    """A refused key, tried again with one request after 10 s, then 20, then every 40: what the operator mends serves
    within a minute."""

    __slots__ = ("_probe_until", "_refusals", "_since", "is_on", "until")

    def __init__(self) -> None:
        self.is_on = False
        self.until = 0.0
        self._refusals = 0
        self._since = 0.0
        self._probe_until = 0.0

    def __repr__(self) -> str:
        return f"<Quarantine: refused {self._refusals} times>"

    def wait(self, now: float) -> float:
        """Seconds until somebody may try it; 0.0 if now. While one probes, the others stay away."""
        if self._refusals == 0:
            return 0.0
        return max(self.until - now, self._probe_until - now, 0.0)

    def begin_probe(self, now: float) -> None:
        """A request is sent in spite of it."""
        if self._refusals:
            self._probe_until = now + PROBE_PATIENCE_SECONDS

    def end_probe(self) -> None:
        """That request came to an end which says nothing about the key."""
        self._probe_until = 0.0

    def note_refusal(self, now: float) -> None:
        """The provider refused it (again)."""
        if now < self.until:
            return
        self._refusals += 1
        self.is_on = True
        self._since = now
        self.until = now + min(FIRST_PROBE_SECONDS * 2 ** min(self._refusals - 1, 8), MAX_PROBE_SECONDS)
        self._probe_until = 0.0

    def lift(self, asked_at: float) -> None:
        """The provider has served a request that was sent then; one from before the refusal proves nothing."""
        if asked_at >= self._since:
            self.until = self._probe_until = 0.0
            self._refusals = 0
            self.is_on = False


class TargetHealth:
    """How one model is at one provider, whichever key is used. `in_flight` is what it has to do: what we have sent it, and
    what others have, where it tells of them."""

    __slots__ = ("_elsewhere", "breaker", "first_content_seconds", "in_flight")

    def __init__(self) -> None:
        self.breaker = Breaker()
        self.in_flight = 0
        self._elsewhere = 0  # the part of it that others have sent
        self.first_content_seconds: float | None = None  # smoothed; None before the first answer

    def note_load(self, total: float | None) -> None:
        """So many requests are at the server, ours among them; None if it does not say."""
        ours = self.in_flight - self._elsewhere
        self._elsewhere = max(0, round(total) - ours) if total is not None else 0
        self.in_flight = ours + self._elsewhere

    def note_speed(self, seconds: float) -> None:
        """It took this long until something came that a client can show."""
        before = self.first_content_seconds
        self.first_content_seconds = seconds if before is None else before + SPEED_WEIGHT * (seconds - before)

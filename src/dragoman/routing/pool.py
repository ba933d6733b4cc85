"""A provider's credentials and how they are. `pick` decides, `report` learns; neither awaits nor looks at a clock.

States: ready, cooling until a moment (rate limit, overload), quarantined (the provider refused the key itself; probed
again after a while). A caller's own fault never changes a state. When every credential rests, `pick` gives none and
`next_ready` tells when the first one wakes.
"""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Credential

DEFAULT_COOLING_SECONDS = 1.0
MAX_COOLING_SECONDS = 300.0
QUARANTINE_SECONDS = 60.0

_COOLING = frozenset({Kind.RATE_LIMIT, Kind.OVERLOADED})
_QUARANTINE = frozenset({Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION})


class CredentialPool:
    """Rotates over what is ready, smoothly by weight."""

    __slots__ = ("_credits", "_name", "_resting_until", "_strikes", "credentials")

    def __init__(self, name: str, credentials: tuple[Credential, ...]) -> None:
        self._name = name
        self.credentials = credentials
        self._credits = [0.0] * len(credentials)
        self._resting_until: dict[tuple[str, str], float] = {}
        self._strikes: dict[tuple[str, str], int] = {}

    def __repr__(self) -> str:
        return f"<CredentialPool {self._name}: {len(self.credentials)} credentials, {len(self._resting_until)} rests>"

    def pick(self, model: str, now: float, tried: frozenset[str] = frozenset()) -> Credential | None:
        """The next ready credential that has not been tried yet; smooth weighted rotation."""
        if len(self.credentials) == 1:
            only = self.credentials[0]
            return only if only.name not in tried and self._is_ready(only, model, now) else None
        chosen = -1
        total = 0.0
        for index, credential in enumerate(self.credentials):
            if credential.name in tried or not self._is_ready(credential, model, now):
                continue
            total += credential.weight
            self._credits[index] += credential.weight
            if chosen < 0 or self._credits[index] > self._credits[chosen]:
                chosen = index
        if chosen < 0:
            return None
        self._credits[chosen] -= total
        return self.credentials[chosen]

    def report_success(self, credential: Credential, model: str) -> None:
        """It served: whatever was held against it is forgotten."""
        if self._resting_until or self._strikes:
            for scope in (model, ""):
                self._resting_until.pop((credential.name, scope), None)
                self._strikes.pop((credential.name, scope), None)

    def report_failure(self, credential: Credential, model: str, error: DragomanError, now: float) -> None:
        """It failed: rest it as long as the error says."""
        if error.kind in _QUARANTINE and error.blame != "client":
            self._rest(credential, "", now + QUARANTINE_SECONDS)
        elif error.kind in _COOLING and error.blame != "client":
            key = (credential.name, model)
            strikes = self._strikes.get(key, 0)
            self._strikes[key] = strikes + 1
            own = min(DEFAULT_COOLING_SECONDS * 2**strikes, MAX_COOLING_SECONDS)
            seconds = error.retry_after_seconds if error.retry_after_seconds is not None else own
            self._rest(credential, model, now + seconds)

    def next_ready(self, model: str, now: float) -> float | None:
        """Seconds until the first credential is ready; None if there is no credential for the model at all."""
        waits = [
            max(self._until(credential, model) - now, 0.0)
            for credential in self.credentials
            if _serves(credential, model)
        ]
        return min(waits) if waits else None

    def _rest(self, credential: Credential, scope: str, until: float) -> None:
        key = (credential.name, scope)
        self._resting_until[key] = max(until, self._resting_until.get(key, 0.0))

    def _until(self, credential: Credential, model: str) -> float:
        rests = self._resting_until
        return max(rests.get((credential.name, model), 0.0), rests.get((credential.name, ""), 0.0))

    def _is_ready(self, credential: Credential, model: str, now: float) -> bool:
        if not _serves(credential, model):
            return False
        return not self._resting_until or self._until(credential, model) <= now


def _serves(credential: Credential, model: str) -> bool:
    return credential.models is None or model in credential.models

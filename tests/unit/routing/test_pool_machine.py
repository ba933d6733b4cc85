"""Whatever happens in whichever order, the pool keeps its promises: checked against a plain model of what it was told."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dragoman.errors import Blame, DragomanError, Kind
from dragoman.routing.key_state import Rest
from dragoman.routing.lease import Lease
from dragoman.routing.limit_headers import Reading
from dragoman.routing.pool import CredentialPool
from dragoman.routing.target import Credential
from tests.trials import trials
from tests.unit.routing.house import make_provider

KEYS = 4
MODELS = ("m", "n")
CONCURRENCY = 3


class PoolMachine(RuleBasedStateMachine):
    """`told` is until when the provider wants each (key, model) left alone."""

    def __init__(self) -> None:
        super().__init__()
        provider = make_provider("acme", KEYS)
        limited = [Credential(one.name, one.shown, concurrency=CONCURRENCY) for one in provider.credentials]
        self.pool = CredentialPool("acme", tuple(limited))
        self.now = 1000.0
        self.running: list[tuple[Lease, Credential, str]] = []
        self.told: dict[tuple[str, str], float] = {}

    @rule(seconds=st.floats(0.01, 45.0))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule(model=st.sampled_from(MODELS), session=st.none() | st.integers(0, 9))
    def begin(self, model: str, session: int | None) -> None:
        credential = self.pool.pick(model, self.now, session=session)
        ready = [one for one, rest in self.pool.describe(model, self.now) if rest is None]
        assert (credential is not None) or not ready
        if credential is None:
            rest = self.pool.find_wait(model, self.now)
            assert rest is not None
            assert rest.seconds > 0
            return
        assert self.told.get((credential.name, model), 0.0) <= self.now
        assert sum(one is credential for _, one, _ in self.running) < CONCURRENCY
        self.running.append((self.pool.lease(credential, model, 10, self.now), credential, model))

    @rule(data=st.data(), left=st.integers(0, 5), reset=st.floats(0.1, 30.0))
    def answer(self, data: st.DataObject, left: int, reset: float) -> None:
        """The head of an answer comes and says what is left."""
        if self.running:
            lease, credential, model = data.draw(st.sampled_from(self.running))
            lease.learn([Reading("requests", left, reset, 5)], self.now)
            if left == 0:
                assert self.pool.pick(model, self.now) is not credential

    @rule(data=st.data())
    def succeed(self, data: st.DataObject) -> None:
        if self.running:
            self._take(data)[0].succeed(self.now, 7)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if self.running:
            self._take(data)[0].cancel()

    @rule(data=st.data(), kind=st.sampled_from(Kind), wait=st.none() | st.floats(0.1, 90.0))
    def fail(self, data: st.DataObject, kind: Kind, wait: float | None) -> None:
        if self.running:
            lease, credential, model = self._take(data)
            blame: Blame = data.draw(st.sampled_from(["client", "gateway", "upstream"]))
            error = DragomanError(kind, "no", blame=blame, retry_after_seconds=wait)
            before = self.pool.describe(model, self.now)
            self.pool.settle_failure(lease, credential, model, error, self.now)
            if blame == "client":
                assert _reasons(self.pool.describe(model, self.now)) <= _reasons(before)
            elif blame == "upstream" and wait is not None and kind in {Kind.RATE_LIMIT, Kind.OVERLOADED}:
                key = (credential.name, model)
                self.told[key] = max(self.told.get(key, 0.0), self.now + wait)

    def _take(self, data: st.DataObject) -> tuple[Lease, Credential, str]:
        return self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))

    @invariant()
    def nothing_leaks(self) -> None:
        for key in self.pool.keys:
            assert key.in_flight == sum(one is key.credential for _, one, _ in self.running)
            for model, state in key.models.items():
                held = [lease for lease, one, name in self.running if one is key.credential and name == model]
                assert 0 <= state.unanswered <= len(held)
                assert state.unanswered_tokens == 10 * state.unanswered

    @invariant()
    def somebody_is_left(self) -> None:
        for model in MODELS:
            assert any(not key.is_barred(model) for key in self.pool.keys)


def _reasons(described: list[tuple[Credential, Rest | None]]) -> set[str]:
    return {credential.name for credential, rest in described if rest is not None}


TestPoolMachine = PoolMachine.TestCase
TestPoolMachine.settings = settings(trials(60), stateful_step_count=40)

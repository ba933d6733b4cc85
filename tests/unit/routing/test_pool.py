"""Credentials: whose turn it is, who rests, and who never does."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from dragoman.errors import Blame, DragomanError, Kind
from dragoman.routing.pool import QUARANTINE_SECONDS, CredentialPool
from dragoman.routing.target import Credential
from tests.unit.routing.house import make_provider


def make_pool(keys: int) -> tuple[CredentialPool, tuple[Credential, ...]]:
    credentials = make_provider("acme", keys).credentials
    return CredentialPool("acme", credentials), credentials


def fail(kind: Kind, retry_after: float | None = None, blame: Blame = "upstream") -> DragomanError:
    return DragomanError(kind, "no", blame=blame, retry_after_seconds=retry_after)


def test_turns_are_taken_evenly() -> None:
    pool, _ = make_pool(3)
    counts = Counter(pool.pick("m", 0.0).name for _ in range(30))  # type: ignore[union-attr]
    assert set(counts.values()) == {10}


def test_weights_are_kept_without_bursts() -> None:
    first, second = make_provider("acme", 2).credentials
    pool = CredentialPool("acme", (msgspec.structs.replace(first, weight=3.0), second))
    picked = [pool.pick("m", 0.0).name[-1] for _ in range(8)]  # type: ignore[union-attr]
    assert Counter(picked) == {"1": 6, "2": 2}
    assert "1111" not in "".join(picked)


def test_a_rate_limited_key_rests_exactly_as_long_as_it_was_told() -> None:
    pool, (first, second) = make_pool(2)
    pool.report_failure(first, "m", fail(Kind.RATE_LIMIT, 7.0), 100.0)
    assert {pool.pick("m", 106.9).name for _ in range(4)} == {second.name}  # type: ignore[union-attr]
    assert first in [pool.pick("m", 107.0) for _ in range(2)]


def test_a_rate_limit_concerns_one_model_only() -> None:
    pool, (only,) = make_pool(1)
    pool.report_failure(only, "m", fail(Kind.RATE_LIMIT, 7.0), 100.0)
    assert pool.pick("m", 101.0) is None
    assert pool.pick("other", 101.0) is only


def test_rests_without_a_given_length_double() -> None:
    pool, (only,) = make_pool(1)
    for expected in (1.0, 2.0, 4.0):
        pool.report_failure(only, "m", fail(Kind.OVERLOADED), 100.0)
        assert pool.next_ready("m", 100.0) == expected


@pytest.mark.parametrize("kind", [Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION])
def test_a_refused_key_is_quarantined_for_every_model_and_tried_again_later(kind: Kind) -> None:
    pool, (only,) = make_pool(1)
    pool.report_failure(only, "m", fail(kind, blame="gateway"), 100.0)
    assert pool.pick("other", 100.0 + QUARANTINE_SECONDS - 1) is None
    assert pool.pick("other", 100.0 + QUARANTINE_SECONDS) is only


@pytest.mark.parametrize("kind", list(Kind))
def test_a_callers_own_fault_never_rests_a_key(kind: Kind) -> None:
    pool, (only,) = make_pool(1)
    pool.report_failure(only, "m", fail(kind, 60.0, blame="client"), 100.0)
    assert pool.pick("m", 100.0) is only


def test_success_forgives() -> None:
    pool, (only,) = make_pool(1)
    pool.report_failure(only, "m", fail(Kind.OVERLOADED), 100.0)
    pool.report_success(only, "m")
    assert pool.pick("m", 100.0) is only


def test_a_key_serves_only_its_own_models() -> None:
    (only,) = make_provider("acme").credentials
    pool = CredentialPool("acme", (msgspec.structs.replace(only, models=frozenset({"small"})),))
    assert pool.pick("large", 0.0) is None
    assert pool.next_ready("large", 0.0) is None
    assert pool.pick("small", 0.0) is not None

"""What is wrong now."""

from __future__ import annotations

from math import inf

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.writer import Backlog
from dragoman.routing.key_state import Rest
from dragoman.routing.pool import CredentialPool
from dragoman.service.access.custody import TeamCard
from dragoman.service.admin.trouble import (
    BACKLOG_BYTES,
    explain_rest,
    find_backlog_trouble,
    find_budget_trouble,
    find_pool_trouble,
)
from tests.unit.service.desk import make_provider


def make_pool(keys: int = 2) -> CredentialPool:
    return CredentialPool("a", make_provider("a", keys=keys).credentials)


def fail(pool: CredentialPool, kind: Kind, times: int = 1, **given: float) -> None:
    for _ in range(times):
        lease = pool.lease(pool.credentials[0], "m", 1, 100.0)
        error = DragomanError(kind, "no", blame="upstream", retry_after_seconds=given.get("seconds"))
        pool.settle_failure(lease, pool.credentials[0], "m", error, 100.0)


def test_keys_that_are_well_are_no_trouble() -> None:
    assert find_pool_trouble({"a": make_pool()}, 100.0) == []


def test_a_key_that_rests_is_told_with_its_reason_and_its_time() -> None:
    pool = make_pool()
    fail(pool, Kind.RATE_LIMIT, seconds=20.0)
    (trouble,) = find_pool_trouble({"a": pool}, 105.0)
    assert (trouble.kind, trouble.subject, trouble.seconds) == ("credential_resting", "a/a-1", 15.0)
    assert trouble.message == "a/a-1 for m rests because the provider limits its rate."
    assert trouble.link == "/providers?text=a"


def test_a_refused_and_a_paused_key_have_kinds_of_their_own() -> None:
    pool = make_pool()
    fail(pool, Kind.AUTHENTICATION)
    pool.keys[1].pause(is_paused=True)
    kinds = [(one.kind, one.subject, one.seconds) for one in find_pool_trouble({"a": pool}, 100.0)]
    assert kinds == [("credential_quarantined", "a/a-1", 10.0), ("credential_paused", "a/a-2", None)]


def test_a_provider_that_is_out_is_told_by_its_model() -> None:
    pool = make_pool()
    fail(pool, Kind.UNAVAILABLE, times=5)
    kinds = [(one.kind, one.subject) for one in find_pool_trouble({"a": pool}, 101.0)]
    assert ("provider_out", "a/m") in kinds


def test_a_ledger_that_is_behind_or_has_lost_is_told() -> None:
    assert find_backlog_trouble(Backlog(BACKLOG_BYTES, 0, 0)) == []
    kinds = [one.kind for one in find_backlog_trouble(Backlog(BACKLOG_BYTES + 1, 0, 3))]
    assert kinds == ["ledger_behind", "ledger_lost"]
    assert [one.kind for one in find_backlog_trouble(Backlog(0, 1, 0))] == ["ledger_behind"]


def test_a_rest_without_an_end_has_no_seconds() -> None:
    assert explain_rest("k", Rest("paused", inf)) == "k was paused by hand."
    assert explain_rest("k", Rest("cooling", 2.4)).endswith("for another 2 s.")


def make_team(name: str, spent: int, reserved: int = 0) -> TeamCard:
    return TeamCard(
        name=name,
        created_ms=0,
        keys=1,
        models=None,
        providers=None,
        rpm=0,
        tpm=0,
        concurrency=0,
        budgets={"month": 1000, "day": 0},
        allow_unpriced=False,
        spent={"month": spent, "day": 5},
        reserved_nanodollars=reserved,
        in_flight=0,
    )


def test_budgets_near_their_end_are_told_with_what_is_reserved() -> None:
    found = find_budget_trouble([make_team("calm", 799), make_team("near", 700, 100), make_team("over", 1100)])
    assert [(one.subject, one.kind) for one in found] == [("near", "budget"), ("over", "budget")]
    assert found[0].message == "near has spent 80 % of its budget of this month."

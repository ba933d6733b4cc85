"""Breaker, quarantine and speed by themselves; what the pool makes of them is tested there."""

from __future__ import annotations

from dragoman.routing.health import FAULTS_IN_A_ROW, Breaker, Quarantine, TargetHealth


def test_faults_of_calls_that_were_under_way_do_not_open_a_breaker_twice() -> None:
    breaker = Breaker()
    for _ in range(FAULTS_IN_A_ROW * 4):
        breaker.note_fault(100.0)
    assert breaker.ejected_until == 130.0


def test_a_breaker_forgets_one_step_for_each_success() -> None:
    breaker = Breaker()
    for _ in range(FAULTS_IN_A_ROW):
        breaker.note_fault(100.0)
    breaker.note_success()
    assert (breaker.faults, breaker.ejected_until) == (0, 0.0)
    for _ in range(FAULTS_IN_A_ROW):
        breaker.note_fault(200.0)
    assert breaker.ejected_until == 230.0


def test_refusals_of_requests_that_were_under_way_count_once() -> None:
    quarantine = Quarantine()
    for moment in (100.0, 100.5, 101.0):
        quarantine.note_refusal(moment)
    assert quarantine.wait(101.0) == 9.0


def test_a_key_that_was_never_refused_waits_for_nobody() -> None:
    quarantine = Quarantine()
    quarantine.begin_probe(100.0)
    assert quarantine.wait(100.0) == 0.0


def test_a_speed_follows_slowly() -> None:
    health = TargetHealth()
    health.note_speed(1.0)
    assert health.first_content_seconds == 1.0
    health.note_speed(2.0)
    assert health.first_content_seconds is not None
    assert 1.0 < health.first_content_seconds < 1.5

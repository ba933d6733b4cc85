"""The table of cases keeps its own promises."""

from __future__ import annotations

from bench.cases import CASES, GROWTH_MIX, UNITS, Budget, find_case
from bench.measure import MEASURES
from bench.upstream import PATTERNS
from dragoman.dialects.registry import DIALECTS


def test_every_case_has_a_name_of_its_own_and_a_budget() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert [case.name for case in CASES if case.budget == Budget()] == []


SLOW_KINDS = {"stream-memory", "growth", "neighbour", "local-speed"}


def test_every_kind_can_be_measured_and_has_a_unit() -> None:
    assert {case.kind for case in CASES} == MEASURES.keys() == UNITS.keys()


def test_a_stream_is_played_in_a_known_pattern() -> None:
    assert {case.pattern for case in CASES} - {""} == PATTERNS.keys()


def test_translating_may_cost_more_than_passing_on() -> None:
    same = find_case("chat-chat")
    translated = find_case("messages-chat")
    assert same
    assert translated
    assert (same.budget, translated.budget) == (Budget(70, 3.5), Budget(110, 5.5))


def test_growth_is_looked_for_under_cases_that_exist() -> None:
    assert [name for name in GROWTH_MIX if find_case(name) is None] == []


def test_every_dialect_that_a_provider_speaks_is_measured_as_it_is() -> None:
    passing = {case.client for case in CASES if case.client == case.provider and case.kind == "requests"}
    both = {name for name, dialect in DIALECTS.items() if dialect.provider is not None and dialect.client is not None}
    assert passing == both  # what no client speaks is always translated


def test_a_first_look_has_a_case_of_every_kind_but_the_slow_ones() -> None:
    assert {case.kind for case in CASES if case.is_quick} == UNITS.keys() - SLOW_KINDS

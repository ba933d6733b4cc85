"""Routes as they stand."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.clock import FixedClock
from dragoman.config.schema import Settings
from dragoman.config.sections.routes import RouteSettings, TargetSettings
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.reader import LedgerReader
from dragoman.routing.target import Condition
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.routes import ConditionView, Question, explain, list_routes, view_condition
from tests.unit.ledger.rows import make_row
from tests.unit.service.desk import make_provider, make_switchboard

SETTINGS = Settings(
    routes={"r": RouteSettings(targets=[TargetSettings("a/m")], aliases=["s"]), "gone": RouteSettings([])}
)


def test_routes_have_their_targets_and_their_use() -> None:
    clock, store = FixedClock(), MemoryStore()
    store.record_exchanges([make_row(1, route="r", started_ms=int(clock.unix() * 1000))])
    insight = Insight(LedgerReader(store), clock, lambda row: None)
    board = make_switchboard(make_provider("a"), make_provider("b"), policy="weighted")
    (route,) = asyncio.run(list_routes(lambda: board, SETTINGS, clock, insight))
    assert (route.name, route.aliases, route.policy, route.usage.exchanges) == ("r", ["s"], "weighted", 1)
    assert [one.target for one in route.targets] == ["a/m", "b/m"]


def test_a_target_tells_which_requests_it_is_for() -> None:
    told = view_condition(Condition(frozenset({"b", "a"}), (("x-dragoman-team", "red*"),), 10, 0))
    assert told == ConditionView(["a", "b"], {"x-dragoman-team": "red*"}, 10, 0)
    assert view_condition(None) is None


def test_a_request_is_explained_as_if_it_were_so_long() -> None:
    board = make_switchboard(make_provider("a"))
    assert explain(board, Question("r", tokens=5_000), FixedClock()).tokens == 5_000
    assert explain(board, Question("r"), FixedClock()).tokens < 10


def test_without_a_ledger_there_is_no_use_to_tell() -> None:
    board = make_switchboard(make_provider("a"))
    (route,) = asyncio.run(list_routes(lambda: board, SETTINGS, FixedClock(), None))
    assert route.usage.exchanges == 0


def test_a_question_needs_a_model_and_a_dialect_that_there_is() -> None:
    board = make_switchboard(make_provider("a"))
    told = explain(board, Question("r"), FixedClock())
    assert [one.target for one in told.candidates] == ["a/m"]
    for question in (Question(), Question("r", "latin")):
        with pytest.raises(DragomanError) as caught:
            explain(board, question, FixedClock())
        assert caught.value.kind is Kind.INVALID_REQUEST

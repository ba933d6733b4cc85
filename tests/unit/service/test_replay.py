"""What recorded exchanges would have come to under other routes."""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.ledger.row import AttemptRow, ExchangeRow
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Condition, Route, Target
from dragoman.service.metering.pricing import PriceBook, Pricer
from dragoman.service.replay import Replayed, build_draw, replay_rows
from dragoman.service.switchboard import Switchboard
from tests.unit.ledger.rows import make_row
from tests.unit.service.desk import make_provider, make_switchboard

FREE = Pricer(PriceBook(free=frozenset({"b"})))


def make_board(*names: str, **route: Any) -> Switchboard:
    """A route `fast` over the model `m` of each provider."""
    providers = [make_provider(name) for name in names]
    targets = tuple(Target(provider, "m") for provider in providers)
    resolver = Resolver([Route("fast", targets, **route)], providers, Target)
    return msgspec.structs.replace(make_switchboard(*providers), resolver=resolver)


def record(number: int, provider: str, duration_us: int = 1_000_000, error: str = "", **more: Any) -> ExchangeRow:
    """An exchange of the route, as it went at a provider."""
    attempt = AttemptRow(1, provider, "m", "k", 0, duration_us, error)
    outcome = "failed" if error else "served"
    given = {"cost_nanodollars": 1_000_000_000, "duration_us": duration_us, "attempts": (attempt,), "outcome": outcome}
    return make_row(number, provider=provider, model="m", **given | more)


def replay(board: Switchboard, *rows: ExchangeRow, pricer: Pricer = FREE) -> Replayed:
    return replay_rows(rows, board, pricer, build_draw())


def test_exchanges_that_stay_are_what_they_were() -> None:
    replayed = replay(make_board("a", "b"), record(1, "a"), record(2, "a", 3_000_000, "timeout"))
    assert (replayed.exchanges, replayed.moved) == (2, 0)
    assert replayed.happened == replayed.instead
    assert (replayed.happened.mean_seconds, replayed.happened.failed) == (2.0, 1)


def test_each_target_has_what_it_got_and_what_it_would_have_got() -> None:
    targets = replay(make_board("b"), record(1, "a"), record(2, "b", cost_nanodollars=5)).targets
    counts = {name: (one.happened.exchanges, one.instead.exchanges) for name, one in targets.items()}
    assert counts == {"a/m": (1, 0), "b/m": (1, 2)}
    assert targets["b/m"].happened.cost_nanodollars == 5


def test_exchanges_that_move_cost_and_take_what_their_new_target_does() -> None:
    replayed = replay(make_board("b"), record(1, "a"), record(2, "a"), record(3, "b", 250_000, cost_nanodollars=0))
    assert (replayed.exchanges, replayed.moved) == (3, 2)
    assert (replayed.happened.cost_nanodollars, replayed.instead.cost_nanodollars) == (2_000_000_000, 0)
    assert replayed.instead.mean_seconds == 0.25


def test_a_failure_counts_as_far_as_nobody_after_it_would_have_served() -> None:
    rows = [record(1, "c", error="timeout"), record(2, "c"), record(3, "d", error="timeout"), record(4, "x")]
    replayed = replay(make_board("c", "d"), *rows)
    assert replayed.moved == 2
    assert replayed.instead.failed == 1 + 0.5 + 0.5
    assert replayed.happened.failed == 2


def test_what_nobody_knows_is_counted_and_not_made_up() -> None:
    replayed = replay(make_board("new"), record(1, "a"))
    assert (replayed.instead.timed, replayed.instead.unpriced, replayed.instead.mean_seconds) == (0, 1, None)


def test_names_that_lead_nowhere_and_answers_given_again_are_left_out() -> None:
    replayed = replay(make_board("a"), record(1, "a", route="gone"), record(2, "a", is_hit=True), record(3, "a"))
    assert (replayed.exchanges, replayed.homeless) == (1, 1)


def test_lengths_decide_and_speed_is_learnt_on_the_way() -> None:
    board = make_board("a", "b", policy="fastest")
    rows = [record(number, "a", first_content_us=900_000) for number in range(20)]
    rows += [record(number, "b", first_content_us=10_000) for number in range(20, 40)]
    assert replay(board, *rows).moved >= 15
    providers = [make_provider("a"), make_provider("b")]
    long, short = Target(providers[0], "m", condition=Condition(min_tokens=500)), Target(providers[1], "m")
    route = Route("fast", (long, short), is_conditional=True)
    board = msgspec.structs.replace(board, resolver=Resolver([route], providers, Target))
    assert replay(board, record(1, "a", input=100), record(2, "a", input=900)).moved == 1


def test_a_weighted_route_is_drawn_evenly_and_alike_each_time() -> None:
    rows = [record(number, "a") for number in range(1000)]
    moved = [replay(make_board("a", "b", policy="weighted"), *rows).moved for _ in range(2)]
    assert moved[0] == moved[1]
    assert 480 <= moved[0] <= 520

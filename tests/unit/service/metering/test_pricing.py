"""What is put on a row, and what is told when nothing can be."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dragoman.catalog.prices import Rates, complete_rates
from dragoman.clock import FixedClock
from dragoman.config.sections.prices import PriceSettings
from dragoman.ledger.repricing import price_anew
from dragoman.ledger.row import AttemptRow
from dragoman.routing.target import Route, Target
from dragoman.service.metering import pricing
from dragoman.service.metering.offers import Asked
from dragoman.service.metering.own_prices import OwnPrice, build_own_prices
from dragoman.service.metering.pricing import PriceBook, Pricer, price_targets, read_tier
from tests.unit.ledger.rows import DAY_MS, NOON_MS, make_row
from tests.unit.routing.house import make_provider, make_route

BOOK = PriceBook(rows={"mine": "openai", "home": "vllm"}, free=frozenset({"home"}))


def own(*prices: PriceSettings) -> Pricer:
    return Pricer(PriceBook(own=build_own_prices(prices)))


def bound(pricer: Pricer, provider: str, model: str, asked: Asked, moment_ms: int = NOON_MS) -> int:
    """What a request may cost at that moment; nothing is assumed."""
    route = Route("r", (Target(make_provider(provider), model),))
    return pricer.bound(route, asked, FixedClock(unix=moment_ms / 1000), 0)


def test_a_provider_has_the_prices_of_its_row_under_whatever_name() -> None:
    row = Pricer(BOOK).price(make_row(1, provider="mine", model="gpt-5-mini", input=100, output=20))
    assert (row.cost_nanodollars, row.price) == (100 * 250 + 20 * 2_000, "openai/gpt-5-mini")


def test_what_runs_on_a_machine_of_ones_own_is_free() -> None:
    pricer = Pricer(BOOK)
    row = pricer.price(make_row(1, provider="home", model="gpt-5-mini"))
    assert (row.cost_nanodollars, row.price, pricer.unpriced) == (0, "free", 0)


def test_what_consumed_nothing_costs_nothing() -> None:
    pricer = Pricer(PriceBook())
    row = pricer.price(make_row(1, provider="", model="", input=0, output=0))
    assert (row.cost_nanodollars, row.price, pricer.unpriced) == (0, "", 0)


def test_without_a_price_the_cost_is_unknown_counted_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    pricer = Pricer(BOOK)
    rows = [pricer.price(make_row(number, provider="mine", model="x\ny")) for number in range(3)]
    assert [(row.cost_nanodollars, row.price) for row in rows] == [(None, "")] * 3
    assert "3 exchanges without a price" in repr(pricer)
    assert caplog.text.count("no price is known") == 1
    assert "x\ny" not in caplog.text


def test_ones_own_price_goes_before_the_list_and_names_itself() -> None:
    pricer = own(PriceSettings("openai/gpt-*", input=0.1, output=0.3), PriceSettings("*/*", input=9))
    row = pricer.price(make_row(1, provider="openai", model="gpt-5-mini", input=3, output=7))
    assert (row.cost_nanodollars, row.price) == (3 * 100 + 7 * 300, "own openai/gpt-*")
    assert pricer.price(make_row(2, provider="any", model="m", input=1, output=0)).cost_nanodollars == 9_000


def test_ones_own_prices_have_days_and_sizes() -> None:
    pricer = own(
        PriceSettings("a/b", input=1, output=0),
        PriceSettings("a/b", since="2025-06-16", input=2, output=0),
        PriceSettings("a/b", since="2025-06-16", above_tokens=1_000, input=4, output=0),
    )
    told = [
        pricer.price(make_row(1, provider="a", model="b", started_ms=when, input=tokens))
        for when, tokens in ((NOON_MS - DAY_MS, 10), (NOON_MS, 10), (NOON_MS, 1_001))
    ]
    assert [(row.cost_nanodollars, row.price) for row in told] == [
        (10_000, "own a/b"),
        (20_000, "own a/b since 2025-06-16"),
        (4_004_000, "own a/b since 2025-06-16 above 1000"),
    ]


def test_the_size_of_an_input_is_that_with_all_that_a_cache_gave() -> None:
    pricer = own(PriceSettings("a/b", input=1, output=0), PriceSettings("a/b", above_tokens=1_000, input=2, output=0))
    for reading in ("cache_read", "cache_write_5m", "cache_write_1h", "input_audio", "input_image"):
        row = make_row(1, provider="a", model="b", input=1, **{reading: 1_000}, output=500)
        assert pricer.price(row).cost_nanodollars == 1_001 * 2_000, reading
    row = pricer.price(make_row(1, provider="a", model="b", input=1_000, output=500))
    assert row.cost_nanodollars == 1_000 * 1_000


def test_every_class_has_a_price_of_its_own() -> None:
    price = PriceSettings(
        "a/b", "", 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512
    )  # in the order of the classes, so that no two sums of them are the same
    numbers = {
        "input": 1,
        "cache_read": 2,
        "cache_write_5m": 4,
        "cache_write_1h": 8,
        "input_audio": 16,
        "input_image": 32,
        "output": 64,
        "reasoning": 128,
        "output_audio": 256,
        "output_image": 512,
    }
    nothing = dict.fromkeys(numbers, 0)
    for name, dollars in numbers.items():
        row = own(price).price(make_row(1, provider="a", model="b", **nothing | {name: 3}))
        assert row.cost_nanodollars == 3 * dollars * 1_000, name


def test_another_book_counts_from_the_next_row_on() -> None:
    pricer = Pricer(PriceBook())
    row = make_row(1, provider="a", model="b", input=1, output=0)
    assert pricer.price(row).cost_nanodollars is None
    pricer.change(PriceBook(own=build_own_prices([PriceSettings("a/b", input=5)])))
    assert pricer.price(row).cost_nanodollars == 5_000


def test_names_without_end_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "MAX_KNOWN", 10)
    pricer = Pricer(BOOK)
    for number in range(100):
        pricer.price(make_row(number, provider="mine", model=f"gpt-5-mini-{number}"))
    assert len(pricer._known) <= 10


QUOTED = (("mine", "gpt-5-mini"), ("home", "whatever"), ("mine", "nobody-knows"))


def test_prices_are_compared_by_four_tokens_in_and_one_out() -> None:
    pricer = Pricer(BOOK)
    assert pricer.weigh("mine", "gpt-5-mini", NOON_MS) == (4 * 250 + 2_000) * 10**6
    assert pricer.weigh("home", "whatever", NOON_MS) == 0.0
    assert pricer.weigh("mine", "nobody-knows", NOON_MS) is None


def test_a_target_is_quoted_in_dollars_for_a_million_tokens() -> None:
    pricer = Pricer(BOOK)
    quoted = [pricer.quote(NOON_MS, Target(make_provider(name), model)) for name, model in QUOTED]
    assert quoted == [(0.25, 2.0), (0.0, 0.0), None]


def test_the_targets_of_a_route_are_priced_where_there_is_a_choice() -> None:
    home, mine = make_provider("home"), make_provider("mine")
    pricer = Pricer(BOOK)
    priced = price_targets(make_route(mine, home), pricer, NOON_MS)
    assert [target.price for target in priced.targets] == [None, 0.0]
    alone = make_route(home)
    assert price_targets(alone, pricer, NOON_MS) is alone


def test_a_row_that_brings_its_cost_along_keeps_it() -> None:
    priced = make_row(cost_nanodollars=5, price="estimate")
    assert Pricer(PriceBook()).complete(priced) is priced
    free = Pricer(PriceBook(free=frozenset({"openai"})))
    assert free.complete(make_row()).cost_nanodollars == 0


def test_a_bound_is_never_less_than_the_bill() -> None:
    pricer = Pricer(
        PriceBook(own=build_own_prices([PriceSettings(match="openai/*", input=3, cache_write_1h=7, output=11)]))
    )
    for is_rich, row in (
        (False, make_row(input=999, output=77)),
        (True, make_row(input=0, cache_write_1h=999, output=77)),
    ):
        most = bound(pricer, "openai", "small", Asked(999, 77, is_rich=is_rich))
        cost = pricer.price(row).cost_nanodollars
        assert cost is not None
        assert most >= cost > 0


def test_there_is_no_bound_of_what_has_no_price() -> None:
    pricer = Pricer(
        PriceBook(own=build_own_prices([PriceSettings(match="openai/*", input=3)]), free=frozenset({"home"}))
    )
    assert bound(pricer, "openai", "small", Asked(1, 1)) == 0
    assert bound(pricer, "openai", "small", Asked(1, 0)) == 3000
    assert bound(pricer, "nobody", "m", Asked(1, 1)) == 0
    assert bound(pricer, "home", "m", Asked(1, 1)) == 0
    assert (pricer.knows("openai", "m"), pricer.knows("home", "m"), pricer.knows("nobody", "m")) == (True, True, False)


def test_a_row_that_is_priced_again_is_of_the_same_tier() -> None:
    row = make_row(1, provider="mine", model="gpt-5", input=1_000, output=0, price="tier flex")
    dear, cheap = Pricer(BOOK), own(PriceSettings("mine/*", tier="flex", input=0.1), PriceSettings("mine/*", input=9))
    first = dear.price(row)
    assert (first.cost_nanodollars, first.price) == (625_000, "openai/gpt-5 since 2026-10-12, tier flex")
    again = price_anew(cheap.price)(first)
    assert (again.cost_nanodollars, again.price) == (100_000, "own mine/*, tier flex")
    unknown = price_anew(Pricer(PriceBook()).price)(again)
    assert (unknown.cost_nanodollars, unknown.price) == (None, "tier flex")
    assert price_anew(dear.price)(unknown) == first


def test_what_is_shown_of_a_rows_price_is_what_it_was_priced_with() -> None:
    row = Pricer(BOOK).price(make_row(1, provider="mine", model="gpt-5", input=1_000, output=0, price="tier priority"))
    found = Pricer(BOOK).find_rates(row)
    assert found is not None
    assert (found[0], found[1].femtodollars[0]) == (row.price, 2_500_000_000)


@pytest.mark.parametrize(
    ("price", "tier"),
    [
        ("", ""),
        ("free", ""),
        ("estimate", ""),
        ("tier flex", "flex"),
        ("openai/gpt-5 since 2026-10-12 above 1000, tier flex", "flex"),
        ("openai/gpt-5, tier provisioned as usual", "provisioned"),
        ("own a/tier flex", ""),
    ],
)
def test_a_price_tells_the_tier_at_its_end(price: str, tier: str) -> None:
    assert read_tier(price) == tier


def test_a_row_without_tokens_keeps_its_tier() -> None:
    row = Pricer(BOOK).price(make_row(1, provider="mine", model="gpt-5", input=0, output=0, price="tier flex"))
    assert (row.cost_nanodollars, row.price) == (0, "tier flex")


def test_a_bound_counts_the_dearer_of_the_usual_tier_and_the_wanted_one() -> None:
    pricer = Pricer(BOOK)
    bounds = [bound(pricer, "mine", "gpt-5", Asked(1_000, 10, tier=tier)) for tier in ("", "flex", "priority")]
    assert bounds == [1_350_000, 1_350_000, 2_700_000]


def test_a_bound_is_rounded_up() -> None:
    pricer = own(PriceSettings("a/*", input=0.0000005, output=0))
    assert bound(pricer, "a", "m", Asked(1, 0)) == 1


@pytest.mark.parametrize(("days", "tokens", "times"), [(0.5, 1_000, 1), (0.5, 1_001, 2), (1.5, 1_000, 3)])
def test_a_bound_goes_by_the_day_and_the_size_where_that_matters(days: float, tokens: int, times: int) -> None:
    steps = tuple(
        Rates(since_ms, above, complete_rates({"input": Decimal(cost), "output": Decimal(4 * cost)}))
        for since_ms, above, cost in ((0, 0, 1), (0, 1_000, 2), (DAY_MS, 0, 3))
    )
    pricer = Pricer(PriceBook(own=(OwnPrice("a/*", {"": steps}),)))
    route = Route("r", (Target(make_provider("a"), "m"),))
    costs = [
        pricer.bound(route, Asked(size, 10), FixedClock(unix=moment * DAY_MS / 1000), 0)
        for moment, size in ((0.1, 5), (days, tokens), (days, tokens))
    ]
    assert costs == [1_000 * 45, *[times * 1_000 * (tokens + 40)] * 2]


def test_a_bound_is_that_of_the_route_and_the_prices_that_there_are_now() -> None:
    cheap, dear = (build_own_prices([PriceSettings("a/*", input=cost, output=cost)]) for cost in (1, 2))
    pricer = Pricer(PriceBook(own=cheap))
    free, paid = (Route("r", (Target(make_provider(name), "m"),)) for name in ("nobody", "a"))

    def ask(route: Route) -> int:
        return pricer.bound(route, Asked(1_000, 0), FixedClock(), 0)

    assert [ask(paid), ask(free), ask(paid), ask(paid)] == [1_000_000, 0, 1_000_000, 1_000_000]
    pricer.change(PriceBook(own=dear))
    assert ask(paid) == 2_000_000


def test_what_is_known_of_bounds_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "MAX_KNOWN", 3)
    pricer = own(PriceSettings("a/*", input=1, output=1))
    for number in range(20):
        route = Route(f"r{number}", (Target(make_provider("a"), "m"),))
        assert pricer.bound(route, Asked(1_000, 0, is_rich=number % 2 == 1), FixedClock(), 0) == 1_000_000
    assert len(pricer._plain) <= 3
    assert len(pricer._rich) <= 3


def test_time_is_that_of_the_last_attempt() -> None:
    attempts = (AttemptRow(1, "a", "b", "k", 0, 5_000_000), AttemptRow(2, "a", "b", "k", 5_000_000, 1_000_000))
    row = make_row(1, provider="a", model="b", duration_us=9_000_000, attempts=attempts)
    assert own(PriceSettings("a/*", per_hour=3.6)).price(row).cost_nanodollars == 1_000_000

"""Counting exchanges: each once, under names that nobody can make up without end."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.ledger.row import AttemptRow
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Route, Target
from dragoman.service.metering import tally as tally_module
from dragoman.service.metering.tally import KnownNames, Tally, list_names
from dragoman.telemetry.exposition import emit_exposition
from tests.grammars.exposition import Metric, parse_exposition, read_sum
from tests.unit.ledger.rows import make_row
from tests.unit.routing.house import make_provider, make_route

NAMES = KnownNames(frozenset({"fast"}), ("work-*", "w*"), frozenset({("openai", "small")}))


def read(tally: Tally) -> dict[str, Metric]:
    return parse_exposition(emit_exposition(tally.read()))


def count(*rows: dict[str, Any], names: KnownNames = NAMES) -> dict[str, Metric]:
    """What is shown after these requests."""
    tally = Tally(names)
    tally.count([make_row(number, **given) for number, given in enumerate(rows)])
    return read(tally)


def list_labels(metric: Metric, *labels: str) -> list[tuple[str, ...]]:
    return [tuple(dict(found)[label] for label in labels) for _, found in metric.samples]


def test_requests_are_counted_by_how_they_ended() -> None:
    failed = {"outcome": "failed", "error": "timeout"}
    requests = count({}, {}, failed, {"outcome": "cancelled"})["dragoman_requests_total"]
    assert read_sum(requests) == 4
    assert read_sum(requests, route="fast", provider="openai", model="small", outcome="served", error="") == 2
    assert read_sum(requests, outcome="failed", error="timeout") == 1
    assert read_sum(requests, outcome="cancelled") == 1


def test_no_request_is_counted_twice_however_often_somebody_reads() -> None:
    tally = Tally(NAMES)
    tally.count([make_row(1), make_row(2)])
    read(tally)
    tally.count([make_row(3)])
    assert read_sum(read(tally)["dragoman_requests_total"]) == 3
    assert read_sum(read(tally)["dragoman_tokens_total"], **{"class": "input"}) == 300


def test_durations_fall_into_the_bucket_of_the_first_bound_that_is_not_below_them() -> None:
    shown = count({"duration_us": 10_000}, {"duration_us": 10_001}, {"duration_us": 999_000_000})
    duration = shown["dragoman_request_duration_seconds"]
    assert read_sum(duration, le="0.01") == 1
    assert read_sum(duration, le="0.025") == 2
    assert read_sum(duration, le="320.0") == 2
    assert read_sum(duration, le="+Inf") == 3
    sums = [value for (name, _), value in duration.samples.items() if name.endswith("_sum")]
    assert sums == [999.020001]


def test_only_streams_have_a_first_token_and_a_pace() -> None:
    stream = {"is_stream": True, "duration_us": 191_000, "first_content_us": 1_000, "output": 15, "reasoning": 5}
    shown = count({}, stream, stream | {"first_content_us": None, "outcome": "failed", "error": "timeout"})
    first, pace = (shown[f"dragoman_time_{name}_seconds"] for name in ("to_first_token", "per_output_token"))
    assert read_sum(first, le="+Inf") == read_sum(first, le="0.005") == 1
    assert (read_sum(pace, le="0.005"), read_sum(pace, le="0.01")) == (0, 1)  # 190 ms for 19 tokens after the first


@pytest.mark.parametrize("given", [{"output": 1}, {"is_estimate": True}, {"outcome": "cancelled"}], ids=repr)
def test_a_stream_that_cannot_tell_its_pace_has_none(given: dict[str, Any]) -> None:
    shown = count({"is_stream": True, "output": 15} | given)
    assert shown["dragoman_time_per_output_token_seconds"].samples == {}
    assert read_sum(shown["dragoman_time_to_first_token_seconds"], le="+Inf") == 1


def test_tokens_are_summed_by_class_and_classes_without_any_are_not_shown() -> None:
    tokens = count({"cache_read": 7}, {"reasoning": 3})["dragoman_tokens_total"]
    shown = {dict(labels)["class"]: value for (_, labels), value in tokens.samples.items()}
    assert shown == {"input": 200, "cache_read": 7, "output": 40, "reasoning": 3}


def test_attempts_and_losses_are_counted() -> None:
    attempts = (AttemptRow(1, "azure", "m", "k", 0, 1, "rate_limit"), *make_row().attempts)
    shown = count({"attempts": attempts, "losses": "dropped,moved"}, {"losses": "moved"})
    assert list_labels(shown["dragoman_attempts_total"], "provider", "error") == [
        ("azure", "rate_limit"),
        ("openai", ""),
    ]
    assert read_sum(shown["dragoman_attempts_total"], provider="openai") == 2
    assert {dict(key[1])["code"]: value for key, value in shown["dragoman_losses_total"].samples.items()} == {
        "dropped": 1,
        "moved": 2,
    }


def test_names_that_clients_make_up_are_other() -> None:
    failed = {"outcome": "failed", "error": "not_found", "provider": "", "model": "", "attempts": ()}
    made_up = [failed | {"route": f"made-up-{number}"} for number in range(50)]
    refused = [failed | {"provider": "openai", "model": f"made-up-{number}"} for number in range(50)]
    shown = count(*made_up, *refused)
    assert list_labels(shown["dragoman_requests_total"], "route", "provider", "model") == [
        ("other", "none", "none"),
        ("fast", "openai", "other"),
    ]
    assert read_sum(shown["dragoman_requests_total"]) == 100


def test_a_route_that_is_a_pattern_is_told_by_its_own_name() -> None:
    shown = count({"route": "work-a"}, {"route": "work-b"}, {"route": "web"}, {"route": "openai/small"})
    assert list_labels(shown["dragoman_requests_total"], "route") == [("work-*",), ("w*",), ("other",)]


def test_a_model_that_has_served_is_known_from_then_on() -> None:
    new = {"model": "new"}
    shown = count(new | {"outcome": "failed"}, new, new | {"outcome": "failed"}, new)["dragoman_requests_total"]
    assert read_sum(shown, model="other") == 1
    assert read_sum(shown, model="new", outcome="served") == 2
    assert read_sum(shown, model="new", outcome="failed") == 1


def test_no_more_than_so_many_models_become_known_by_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "MAX_LEARNT", 3)
    shown = count(*({"model": f"m-{number}"} for number in range(9)), {})["dragoman_requests_total"]
    assert list_labels(shown, "model") == [("m-0",), ("m-1",), ("m-2",), ("other",), ("small",)]
    assert read_sum(shown, model="other") == 6


def test_what_would_be_too_many_series_is_counted_as_other_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "MAX_REQUEST_SERIES", 2)
    errors = ({"outcome": "failed", "error": error} for error in ("timeout", "internal", "conflict", "conflict"))
    shown = count({}, *errors, {})
    requests = shown["dragoman_requests_total"]
    assert read_sum(requests) == 6
    assert read_sum(requests, route="other", provider="other", model="other") == 3
    assert read_sum(requests, outcome="served") == 2
    assert read_sum(shown["dragoman_series_overflows_total"]) == 3


def test_models_have_a_bound_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "MAX_TARGETS", 2)
    shown = count(*({"model": f"m-{number}"} for number in range(5)))
    assert list_labels(shown["dragoman_requests_total"], "provider", "model") == [
        ("openai", "m-0"),
        ("openai", "m-1"),
        ("other", "other"),
    ]
    assert read_sum(shown["dragoman_tokens_total"], model="other", **{"class": "input"}) == 300
    assert read_sum(shown["dragoman_series_overflows_total"]) == 3


def test_costs_are_summed_exactly_and_what_has_no_price_is_counted_apart() -> None:
    tally = Tally(NAMES)
    tally.count_costs([make_row(n, cost_nanodollars=333_333_333) for n in range(3)])
    tally.count_costs([make_row(4), make_row(5, cost_nanodollars=1, model="made-up")])
    tally.count_costs([make_row(6, provider="", model="", cost_nanodollars=0)])
    shown = read(tally)
    assert read_sum(shown["dragoman_cost_dollars_total"], model="small") == 0.999999999
    assert read_sum(shown["dragoman_cost_dollars_total"], model="other") == 0.000000001
    assert list_labels(shown["dragoman_unpriced_requests_total"], "provider", "model") == [("openai", "small")]
    assert len(shown["dragoman_cost_dollars_total"].samples) == 2


def test_names_are_those_of_routes_patterns_and_listed_models() -> None:
    acme, other = make_provider("acme", models=("large",)), make_provider("other")
    pattern = Route("x-*", (Target(other, "*"),))
    longer = Route("x-y-*", (Target(other, "fixed"),))
    resolver = Resolver([make_route(acme, other), pattern, longer], [acme, other], Target)
    names = list_names(resolver)
    assert names.routes == {"r", "acme/large", "large"}
    assert names.patterns == ("x-y-*", "x-*")
    assert names.targets == {("acme", "m"), ("other", "m"), ("acme", "large"), ("other", "fixed")}

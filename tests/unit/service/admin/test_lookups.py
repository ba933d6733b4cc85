"""What other gateways' programs ask for."""

from __future__ import annotations

from dragoman.ledger.rollup import Totals
from dragoman.ledger.store import UsageLine
from dragoman.service.admin.lookups import build_credits, build_generation, build_report, read_dollars, show_time
from tests.unit.ledger.rows import NOON_MS, make_row


def test_a_generation_tells_tokens_times_and_cost() -> None:
    row = make_row(1, cost_nanodollars=1_500_000, cache_read=7, reasoning=3, outcome="cancelled", is_stream=True)
    told = build_generation(row)["data"]
    assert (told["total_cost"], told["usage"], told["created_at"]) == (0.0015, 0.0015, "2025-06-16T12:00:00.000Z")
    assert (told["native_tokens_prompt"], told["native_tokens_completion"]) == (107, 23)
    assert (told["native_tokens_cached"], told["native_tokens_reasoning"]) == (7, 3)
    assert (told["latency"], told["generation_time"], told["cancelled"], told["streamed"]) == (1, 1, True, True)


def test_what_nobody_knows_the_cost_of_is_marked() -> None:
    told = build_generation(make_row(1))["data"]
    assert (told["total_cost"], told["is_priced"]) == (0.0, False)
    assert build_generation(make_row(1, cost_nanodollars=0))["data"]["is_priced"]


def test_programs_get_a_value_of_its_type_for_whatever_they_ask() -> None:
    told = build_generation(make_row(1, finish="", provider="", outcome="failed", first_content_us=None))["data"]
    assert (told["finish_reason"], told["model"], told["billable_web_search_calls"]) == ("failed", "fast", 0)
    (one,) = build_report(
        [UsageLine("k1", Totals(exchanges=1)), UsageLine("k2", Totals(exchanges=2))], "credential_type"
    )["results"]
    assert (one["credential_type"], one["request_count"]) == ("byok", 3)
    assert read_dollars(0) == 0.0


def test_the_account_says_what_was_used_in_both_words() -> None:
    told = build_credits(2_000_000_001)
    assert told["total_used"] == "2.000000001"
    assert told["data"]["total_usage"] == 2.000000001


def test_a_report_names_its_lines_by_what_they_are() -> None:
    (result,) = build_report([UsageLine("ann", Totals(exchanges=2, input=5, cache_write_1h=1, output=3))], "user")[
        "results"
    ]
    assert (result["user"], result["request_count"], result["input_tokens"], result["output_tokens"]) == (
        "ann",
        2,
        6,
        3,
    )
    assert result["cache_creation_input_tokens"] == 1
    assert show_time(NOON_MS) == "2025-06-16T12:00:00.000Z"

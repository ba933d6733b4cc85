"""What is reserved for a request is never less than it can cost."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from dragoman.catalog.prices import Rates, complete_rates
from dragoman.clock import FixedClock
from dragoman.config.sections.budgets import BudgetSettings
from dragoman.errors import Kind
from dragoman.model.profile import Profile
from dragoman.routing.target import Route, Target
from dragoman.service.access.expectation import read_asked
from dragoman.service.metering.offers import MOST_TOKENS, Asked
from dragoman.service.metering.own_prices import OwnPrice
from dragoman.service.metering.pricing import PriceBook, Pricer
from tests.unit.service.desk import client_side, make_provider

SETTINGS = BudgetSettings()
PNG = "iVBORw0KGgo=" + "A" * 400_000
TURN = {"role": "user", "content": "Hi"}


def ask(dialect: str, body: dict[str, Any], settings: BudgetSettings = SETTINGS) -> Asked:
    client = client_side(dialect)
    encoded = json.dumps(body, ensure_ascii=False).encode()
    envelope = client.open_envelope(encoded, "m", False)
    return read_asked(dialect, envelope, client.parse_request, settings)


@pytest.mark.parametrize(
    ("dialect", "body", "output", "count"),
    [
        ("openai_chat", {"model": "m", "messages": [TURN], "max_tokens": 7}, 7, 1),
        ("openai_chat", {"model": "m", "messages": [TURN], "max_tokens": 7, "max_completion_tokens": 9, "n": 3}, 9, 3),
        ("openai_chat", {"model": "m", "messages": [TURN], "max_completion_tokens": 9, "max_tokens": 7}, 9, 1),
        ("openai_chat", {"model": "m", "messages": [TURN]}, None, 1),
        ("openai_responses", {"model": "m", "input": "Hi", "max_output_tokens": 8}, 8, 1),
        ("anthropic_messages", {"model": "m", "messages": [TURN], "max_tokens": 10**30}, 2**40, 1),
        (
            "gemini_generate",
            {"contents": [], "generationConfig": {"maxOutputTokens": 5, "candidateCount": 2}},
            5,
            2,
        ),
        ("gemini_generate", {"contents": [], "generation_config": {"max_output_tokens": "6"}}, 6, 1),
        (
            "gemini_generate",
            {
                "contents": [],
                "generation_config": {"max_output_tokens": 6, "candidate_count": 3},
                "generationConfig": {"maxOutputTokens": 5, "candidateCount": "bad"},
            },
            6,
            3,
        ),
        ("openai_completions", {"model": "m", "prompt": "Hi", "best_of": 2, "n": 4, "max_tokens": 5}, 5, 4),
        ("openai_embeddings", {"model": "m", "input": "Hi", "max_tokens": 5}, 0, 1),
    ],
)
def test_limits_are_read_where_each_dialect_has_them(
    dialect: str, body: dict[str, Any], output: int | None, count: int
) -> None:
    if dialect in {"openai_embeddings", "openai_completions"}:
        envelope = client_side("openai_chat").open_envelope(json.dumps(body).encode(), None, None)
        asked = read_asked(dialect, envelope, client_side("openai_chat").parse_request, SETTINGS)
    else:
        asked = ask(dialect, body)
    assert (asked.output, asked.count) == (output, count)


def test_a_number_that_is_too_large_for_one_is_no_limit() -> None:
    client = client_side("openai_chat")
    envelope = client.open_envelope(b'{"model":"m","max_tokens":1e999,"n":-1e999}', None, None)
    asked = read_asked("openai_chat", envelope, client.parse_request, SETTINGS)
    assert (asked.output, asked.count) == (None, 1)


@pytest.mark.parametrize("value", [0, -5, True, "many", None, [], 1e400])
def test_a_limit_that_is_none_is_not_taken_for_one(value: Any) -> None:
    body = {"model": "m", "messages": [TURN], "max_tokens": value}
    encoded = json.dumps(body).replace("Infinity", "1").encode()
    client = client_side("openai_chat")
    asked = read_asked("openai_chat", client.open_envelope(encoded, None, None), client.parse_request, SETTINGS)
    assert asked.output is None or value == 1e400


def test_text_counts_by_its_bytes() -> None:
    asked = ask("openai_chat", {"model": "m", "messages": [{"role": "user", "content": "語" * 1000}]})
    assert 1500 <= asked.input <= 1600
    assert ask("openai_chat", {"model": "m"}, BudgetSettings(input_bytes_per_token=1.0)).input == 15


def test_an_image_counts_as_one_and_not_by_its_bytes() -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    asked = ask("openai_chat", {"model": "m", "messages": [{"role": "user", "content": [image]}]})
    assert 3_000 <= asked.input <= 3_200
    assert asked.is_rich


def test_a_document_counts_by_what_it_could_hold() -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": "A" * 40_000}
    body = {
        "model": "m",
        "max_tokens": 1,
        "messages": [{"role": "user", "content": [{"type": "document", "source": source}]}],
    }
    assert 10_000 <= ask("anthropic_messages", body).input <= 10_200


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file", "file": {"file_data": "data:application/pdf;base64," + "A" * 400_000}},
        {"type": "video_url", "video_url": {"url": "https://example.com/film.mp4"}},
    ],
)
def test_media_of_any_kind_are_looked_for(part: dict[str, Any]) -> None:
    words = {"type": "text", "text": "What is this?"}
    asked = ask("openai_chat", {"model": "m", "messages": [{"role": "user", "content": [words, part]}]})
    assert 60_000 <= asked.input <= 60_200
    assert not asked.is_rich


def test_what_cannot_be_understood_counts_by_its_bytes() -> None:
    asked = ask("openai_chat", {"model": "m", "messages": 5, "image": "x" * 1000})
    assert asked.input >= 500


def make_pricer() -> Pricer:
    """Of `a` all is known, of `b` nothing; `home` is free."""
    dollars = {"input": 1, "cache_write_5m": 2, "output": 4, "output_audio": 100}
    rates, cheap, dear = (
        Rates(0, 0, complete_rates({name: Decimal(value) * times for name, value in dollars.items()}))
        for times in (1, Decimal("0.5"), 2)
    )
    return Pricer(
        PriceBook(
            own=(OwnPrice("a/*", {"": (rates,), "flex": (cheap,), "priority": (dear,)}),), free=frozenset({"home"})
        )
    )


def reckon(asked: Asked, *targets: Target, **route: Any) -> int:
    return make_pricer().bound(Route("r", targets, **route), asked, FixedClock(), SETTINGS.assumed_output_tokens)


A, HOME = Target(make_provider("a"), "m"), Target(make_provider("home"), "m")


def test_the_dearest_whom_it_may_go_to_counts_a_fallback_too() -> None:
    asked = Asked(1000, 100, 1, is_rich=False)
    assert reckon(asked, HOME) == 0
    assert reckon(asked, HOME, A) == 1_400_000
    assert reckon(asked, HOME, fallback={Kind.TIMEOUT: (A,)}) == 1_400_000
    assert reckon(asked, Target(make_provider("b"), "m"), HOME) == 0


@pytest.mark.parametrize(
    ("dialect", "fields", "tier"),
    [
        ("openai_chat", {"service_tier": "priority"}, "priority"),
        ("openai_responses", {"service_tier": "flex"}, "flex"),
        ("openai_chat", {"service_tier": "auto"}, ""),
        ("openai_chat", {"service_tier": ["flex"]}, ""),
        ("anthropic_messages", {"speed": "fast"}, "fast"),
        ("anthropic_messages", {"service_tier": "standard_only"}, ""),
        ("openai_chat", {}, ""),
    ],
)
def test_a_request_tells_how_quickly_it_is_to_be_answered(dialect: str, fields: dict[str, Any], tier: str) -> None:
    body = {"model": "m", "max_tokens": 1, "input": "x", "messages": [{"role": "user", "content": "x"}], **fields}
    assert ask(dialect, body).tier == tier


@pytest.mark.parametrize(("tier", "times"), [("", 1), ("priority", 2), ("flex", 1), ("batch", 1)])
def test_the_dearer_of_the_usual_tier_and_the_wanted_one_counts(tier: str, times: int) -> None:
    assert reckon(Asked(1000, 100, 1, is_rich=False, tier=tier), A) == times * 1_400_000


def test_a_rich_request_may_be_of_the_dearest_classes() -> None:
    assert reckon(Asked(1000, 100, 1, is_rich=True), A) == 2_000_000 + 10_000_000


def test_several_answers_cost_as_many_times_as_much() -> None:
    assert reckon(Asked(0, 100, 3, is_rich=False), A) == 1_200_000


@pytest.mark.parametrize(
    ("output", "most", "bound"),
    [(10, None, 10), (10, 5, 5), (None, 5, 5), (None, None, SETTINGS.assumed_output_tokens)],
)
def test_where_the_request_sets_no_limit_the_model_or_the_settings_do(
    output: int | None, most: int | None, bound: int
) -> None:
    target = msgspec.structs.replace(A, profile=Profile(max_output_tokens=most))
    assert reckon(Asked(0, output), target) == bound * 4_000
    assert reckon(Asked(0, output, 3), target) == 3 * bound * 4_000


def test_what_is_asked_for_beyond_all_reason_is_reckoned_up_to_a_bound() -> None:
    assert reckon(Asked(0, MOST_TOKENS, 5), A) == MOST_TOKENS * 4_000

"""Usage in classes that never overlap."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.anthropic_messages.usage import parse_tier, parse_usage
from dragoman.model.usage import Usage
from tests.reports import without_report


@pytest.mark.parametrize(
    ("reported", "classes"),
    [
        ({"input_tokens": 10, "output_tokens": 5}, (10, 0, 0, 0, 5, 0)),
        ({"input_tokens": 1, "cache_read_input_tokens": 2, "cache_creation_input_tokens": 4}, (1, 2, 4, 0, 0, 0)),
        (
            {
                "cache_creation_input_tokens": 12,
                "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 8},
            },
            (0, 0, 4, 8, 0, 0),
        ),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 4}}, (0, 0, 4, 0, 0, 0)),
        ({"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 7}}, (0, 0, 0, 0, 2, 7)),
        ({"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 70}}, (0, 0, 0, 0, 0, 9)),
        ({"input_tokens": None, "output_tokens": "9", "cache_read_input_tokens": -3}, (0, 0, 0, 0, 0, 0)),
    ],
)
def test_every_token_stands_in_one_class(reported: dict[str, Any], classes: tuple[int, ...]) -> None:
    usage = parse_usage(reported)
    counted = (
        usage.input, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h, usage.output, usage.reasoning,
    )  # fmt: skip
    assert counted == classes
    assert usage.reported is reported


ODD = st.none() | st.integers(-3, 40) | st.sampled_from([1.0, True, "3", [], {}, 2**70])
CREATED = st.dictionaries(st.sampled_from(["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"]), ODD)
MADE = st.dictionaries(st.just("thinking_tokens"), ODD)
SPEED = st.sampled_from(["standard", "priority", "fast", None, 3])


@given(
    st.dictionaries(st.sampled_from(["input_tokens", "output_tokens", "cache_read_input_tokens"]), ODD),
    st.fixed_dictionaries(
        {},
        optional={
            "cache_creation_input_tokens": ODD,
            "cache_creation": CREATED | ODD,
            "output_tokens_details": MADE | ODD,
            "service_tier": SPEED,
            "speed": SPEED,
        },
    ),
)
def test_what_fits_the_usual_form_means_the_same_as_with_care(counts: dict[str, Any], more: dict[str, Any]) -> None:
    usage, careful = parse_usage({**counts, **more}), parse_usage({**counts, **more, "iterations": []})
    assert without_report(usage) == without_report(careful)


def test_compaction_is_billed_beside_the_totals_and_advice_is_not() -> None:
    reported = {
        "input_tokens": 229,
        "output_tokens": 5,
        "iterations": [
            {"type": "compaction", "input_tokens": 100, "output_tokens": 131, "cache_creation_input_tokens": 500},
            {"type": "advisor_message", "input_tokens": 9999, "output_tokens": 9999},
            {"type": "message", "input_tokens": 229, "output_tokens": 5},
            "nonsense",
        ],
    }
    assert parse_usage(reported) == Usage(input=329, output=136, cache_write_5m=500, reported=reported)


def test_the_tier_is_told_in_the_usage() -> None:
    assert parse_tier({"service_tier": "priority"}) == "priority"
    assert parse_tier({"service_tier": 1}) is None
    assert parse_tier(None) is None

"""Token counts, into classes that do not overlap and back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.openai_chat.usage import emit_usage, parse_usage
from dragoman.model.usage import Usage

CLASSES = [name for name in Usage.__struct_fields__ if name not in {"reported", "is_estimate", "tier"}]


def classes(usage: Usage | None) -> dict[str, int]:
    """The classes that hold anything."""
    assert usage is not None
    return {name: getattr(usage, name) for name in CLASSES if getattr(usage, name)}


CASES: list[tuple[str, dict[str, Any], dict[str, int]]] = [
    (
        "OpenAI counts the cache and reasoning inside",
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 80, "audio_tokens": 5},
            "completion_tokens_details": {"reasoning_tokens": 30, "audio_tokens": 2},
        },
        {"input": 15, "cache_read": 80, "input_audio": 5, "output": 18, "reasoning": 30, "output_audio": 2},
    ),
    (
        "OpenRouter tells what was written to the cache",
        {
            "prompt_tokens": 100,
            "completion_tokens": 5,
            "total_tokens": 105,
            "prompt_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 70},
        },
        {"input": 10, "cache_read": 20, "cache_write_5m": 70, "output": 5},
    ),
    (
        "DeepSeek tells the cache beside the details",
        {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105, "prompt_cache_hit_tokens": 64},
        {"input": 36, "cache_read": 64, "output": 5},
    ),
    (
        "xAI counts reasoning beside the completion",
        {
            "prompt_tokens": 468,
            "completion_tokens": 82,
            "total_tokens": 870,
            "prompt_tokens_details": {"cached_tokens": 305},
            "completion_tokens_details": {"reasoning_tokens": 320},
        },
        {"input": 163, "cache_read": 305, "output": 82, "reasoning": 320},
    ),
    (
        "Mistral counts audio beside the prompt",
        {
            "prompt_tokens": 11,
            "completion_tokens": 15,
            "total_tokens": 401,
            "prompt_tokens_details": {"audio_tokens": 375, "cached_tokens": 9},
        },
        {"input": 2, "cache_read": 9, "input_audio": 375, "output": 15},
    ),
    (
        "Anthropic's own counting, translated by someone else, leaves the cache out of the prompt",
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 1015,
            "cache_read_input_tokens": 700,
            "cache_creation_input_tokens": 300,
            "cache_creation": {"ephemeral_1h_input_tokens": 100, "ephemeral_5m_input_tokens": 200},
        },
        {"input": 10, "cache_read": 700, "cache_write_5m": 200, "cache_write_1h": 100, "output": 5},
    ),
    (
        "both reasoning and audio beside",
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 45,
            "prompt_tokens_details": {"audio_tokens": 10},
            "completion_tokens_details": {"reasoning_tokens": 20},
        },
        {"input": 10, "input_audio": 10, "output": 5, "reasoning": 20},
    ),
    (
        "more reasoning than completion is cut down to the sum",
        {
            "prompt_tokens": 9,
            "completion_tokens": 2,
            "total_tokens": 11,
            "completion_tokens_details": {"reasoning_tokens": 25},
        },
        {"input": 9, "reasoning": 2},
    ),
    (
        "without a total, reasoning that does not fit stands beside",
        {"prompt_tokens": 9, "completion_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 25}},
        {"input": 9, "output": 2, "reasoning": 25},
    ),
    (
        "classes that contradict each other get no more than there is",
        {
            "prompt_tokens": 504,
            "completion_tokens": 91,
            "total_tokens": 595,
            "prompt_tokens_details": {"cached_tokens": 370, "image_tokens": 256},
        },
        {"cache_read": 370, "input_image": 134, "output": 91},
    ),
    ("nulls are nothing", {"prompt_tokens": 14, "completion_tokens": None, "total_tokens": None}, {"input": 14}),
]


@pytest.mark.parametrize(("reported", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_token_stands_in_one_class(reported: dict[str, Any], expected: dict[str, int]) -> None:
    usage = parse_usage(reported)
    assert classes(usage) == expected
    assert usage is not None
    assert emit_usage(usage) is reported


@pytest.mark.parametrize("value", [None, [], 3, {}, {"input_tokens": 5}])
def test_what_is_no_usage_is_none(value: object) -> None:
    assert parse_usage(value) is None


COUNTS = st.integers(0, 2000)
ODD = st.none() | st.integers(-3, 40) | st.sampled_from([1.0, True, "3", [], {}, 2**70])
SUMS = (
    "completion_tokens",
    "total_tokens",
    "reasoning_tokens",
    "prompt_cache_hit_tokens",
    "cache_read_input_tokens",
    "cached_tokens",
    "cache_creation_input_tokens",
    "other_tokens",
)
DETAILS = ("cached_tokens", "audio_tokens", "image_tokens", "cache_write_tokens", "reasoning_tokens", "other_tokens")


PLAIN = {"prompt_tokens": 50, "completion_tokens": 20, "total_tokens": 70}


def check_twice(reported: dict[str, Any]) -> None:
    """A count that is there but empty means nothing, and is not of the usual form: so the second is read with care."""
    assert classes(parse_usage(reported)) == classes(parse_usage({**reported, "num_cached_tokens": 0}))


@given(
    st.dictionaries(st.sampled_from(SUMS), ODD),
    st.dictionaries(st.sampled_from(DETAILS), ODD) | ODD,
    st.dictionaries(st.sampled_from(DETAILS), ODD) | ODD,
)
def test_what_fits_the_usual_form_means_the_same_as_with_care(counts: dict[str, Any], read: Any, made: Any) -> None:
    check_twice({**PLAIN, **counts, "prompt_tokens_details": read, "completion_tokens_details": made})


@pytest.mark.parametrize("count", [7, 60])
@pytest.mark.parametrize("place", ["", "prompt_tokens_details", "completion_tokens_details"])
@pytest.mark.parametrize("name", sorted({*SUMS, *DETAILS}))
def test_a_count_means_the_same_wherever_it_stands(name: str, place: str, count: int) -> None:
    check_twice({**PLAIN, place: {name: count}} if place else {**PLAIN, name: count})


@given(st.fixed_dictionaries(dict.fromkeys(CLASSES, COUNTS)))
def test_the_classes_survive_being_summed_up(counts: dict[str, int]) -> None:
    usage = msgspec.convert(counts, Usage)
    again = parse_usage(emit_usage(usage))
    expected = classes(usage)
    # lifetimes of cache writes are not told in sums
    written = expected.pop("cache_write_1h", 0) + expected.pop("cache_write_5m", 0)
    assert classes(again) == {**expected, **({"cache_write_5m": written} if written else {})}


@given(st.tuples(COUNTS, COUNTS, st.integers(0, 4000), COUNTS, COUNTS, COUNTS))
def test_the_classes_never_exceed_what_the_provider_called_the_sum(counts: tuple[int, ...]) -> None:
    prompt, completion, total, cached, audio, reasoning = counts
    reported = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": audio},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    found = classes(parse_usage(reported))
    assert all(count > 0 for count in found.values())
    told = max(prompt + completion, total) if total else prompt + completion + reasoning
    assert prompt + completion <= sum(found.values()) <= told


def test_usage_of_another_dialect_is_summed_up_in_openais_way() -> None:
    usage = Usage(10, 20, 3, 4, 5, 6, 7, 8, 9, 11, reported={"input_tokens": 10})
    assert emit_usage(usage) == {
        "prompt_tokens": 48,
        "completion_tokens": 35,
        "total_tokens": 83,
        "prompt_tokens_details": {
            "cached_tokens": 20,
            "audio_tokens": 5,
            "cache_write_tokens": 7,
            "image_tokens": 6,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 8,
            "audio_tokens": 9,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
            "image_tokens": 11,
        },
    }

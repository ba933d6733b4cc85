"""What several providers call differently, in the model's one word."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.parse_options import Wishes
from dragoman.dialects.ai_sdk_gateway.wire import REFUSED_GATEWAY_OPTIONS
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint


def wishes(reasoning: str | None = None, **options: Any) -> Wishes:
    return Wishes({"reasoning": reasoning, "providerOptions": options})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"openai": {"reasoningEffort": "high", "reasoningSummary": "auto"}}, {"effort": "high", "summary": "auto"}),
        ({"openai": {"include": ["reasoning.encrypted_content"]}}, {"encrypted": True}),
        ({"anthropic": {"effort": "low"}}, {"effort": "low"}),
        (
            {"anthropic": {"thinking": {"type": "enabled", "budgetTokens": 2048}}},
            {"mode": "on", "budget_tokens": 2048},
        ),
        (
            {"anthropic": {"thinking": {"type": "adaptive", "display": "omitted"}}},
            {"mode": "adaptive", "display": "omitted"},
        ),
        ({"anthropic": {"thinking": {"type": "disabled"}}}, {"mode": "off"}),
        (
            {"google": {"thinkingConfig": {"thinkingBudget": 5, "includeThoughts": False}}},
            {"budget_tokens": 5, "display": "omitted"},
        ),
        (
            {"google": {"thinkingConfig": {"thinkingLevel": "low", "includeThoughts": True}}},
            {"effort": "low", "display": "summary"},
        ),
    ],
)
def test_the_wish_to_think_is_read_from_each_provider_s_options(options: Any, expected: Any) -> None:
    read = wishes(**options)
    assert read.reasoning == expected
    assert read.extras({}) is None


def test_what_the_request_says_itself_counts_first() -> None:
    read = wishes("low", openai={"reasoningEffort": "high"})
    assert read.reasoning == {"effort": "low"}
    assert read.extras({}) == {"ai_sdk_gateway": {"providerOptions.openai.reasoningEffort": "high"}}
    assert wishes("provider-default").reasoning == {}


def test_two_providers_that_say_the_same_lose_nothing() -> None:
    read = wishes(openai={"parallelToolCalls": False}, anthropic={"disableParallelToolUse": True})
    assert read.plain == {"parallel_tool_calls": False}
    assert read.extras({}) is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"gateway": {"user": "u", "serviceTier": "flex"}}, {"user": "u", "service_tier": "flex"}),
        ({"gateway": {"caching": "auto"}}, {"cache": CacheBreakpoint()}),
        ({"anthropic": {"cacheControl": {"type": "ephemeral", "ttl": "1h"}}}, {"cache": CacheBreakpoint("1h")}),
        ({"openai": {"logprobs": 3}}, {"logprobs": True, "top_logprobs": 3}),
        ({"openai": {"logprobs": True}}, {"logprobs": True}),
        ({"openai": {"textVerbosity": "low", "store": False}}, {"verbosity": "low", "store": False}),
        (
            {"openai": {"metadata": {"a": "b"}, "promptCacheKey": "k"}},
            {"metadata": {"a": "b"}, "prompt_cache_key": "k"},
        ),
    ],
)
def test_plain_options_have_their_field(options: Any, expected: Any) -> None:
    read = wishes(**options)
    assert read.plain == expected
    assert read.extras({}) is None


def test_what_only_gemini_has_is_kept_for_gemini() -> None:
    read = wishes(google={"safetySettings": [1], "other": 2})
    assert read.extras({}) == {
        "gemini_generate": {"safetySettings": [1]},
        "ai_sdk_gateway": {"providerOptions.google.other": 2},
    }


@pytest.mark.parametrize("name", REFUSED_GATEWAY_OPTIONS)
def test_a_promise_that_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(DragomanError) as caught:
        wishes(gateway={name: ["x"]})
    assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, f"providerOptions.gateway.{name}")
    nothings: tuple[Any, ...] = (False, [], {}, None)
    for nothing in nothings:
        assert wishes(gateway={name: nothing}).extras({}) is None


def test_what_routing_does_not_know_is_a_loss() -> None:
    read = wishes(gateway={"tags": ["a"], "sort": "whim", "novelty": 1})
    assert read.extras({}) == {
        "ai_sdk_gateway": {
            "providerOptions.gateway.tags": ["a"],
            "providerOptions.gateway.sort": "whim",
            "providerOptions.gateway.novelty": 1,
        }
    }


@pytest.mark.parametrize(
    "options",
    [
        {"openai": {"store": "yes"}},
        {"openai": {"reasoningEffort": "extreme"}},
        {"anthropic": {"thinking": "on"}},
        {"google": {"thinkingConfig": 1}},
        {"anthropic": {"cacheControl": {"type": "eternal"}}},
    ],
)
def test_options_that_make_no_sense_are_losses(options: Any) -> None:
    assert wishes(**options).extras({}) is not None


def test_strict_is_for_the_format_of_the_answer() -> None:
    assert wishes(openai={"strictJsonSchema": True}).strict is True

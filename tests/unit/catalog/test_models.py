"""What is known of models, and the profiles made of it."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.catalog.models import NOTHING_KNOWN, ModelFacts, build_profile, comparable_name, find_facts, load_models
from dragoman.catalog.providers import load_rows
from dragoman.model.profile import DEFAULT_BUDGETS, DEFAULT_PROFILE, Profile

ROWS = load_rows()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("claude-opus-4-6", "claude-opus-4-6"),
        ("anthropic/claude-opus-4.6", "claude-opus-4-6"),
        ("us.anthropic.claude-opus-4-6-v1:0", "claude-opus-4-6-v1"),
        ("claude-opus-4-6@20260205", "claude-opus-4-6"),
        ("claude-sonnet-4-6[1m]", "claude-sonnet-4-6"),
        ("models/gemini-2.5-flash", "gemini-2-5-flash"),
        ("accounts/fireworks/models/gpt-oss-120b", "gpt-oss-120b"),
        ("openai.gpt-oss-120b-1:0", "gpt-oss-120b-1"),
        ("mistral.mistral-large-2407-v1:0", "mistral-large-2407-v1"),
        ("mistral-large-latest", "mistral-large-latest"),
        ("deepseek/deepseek-r1:free", "deepseek-r1"),
        ("llama3.2:3b", "llama3-2"),
        ("GPT-5", "gpt-5"),
        ("", ""),
    ],
)
def test_names_are_made_comparable(written: str, name: str) -> None:
    assert comparable_name(written) == name


@pytest.mark.parametrize(("pattern", "facts"), load_models(), ids=[pattern for pattern, _ in load_models()])
def test_facts_say_only_what_profiles_have(pattern: str, facts: ModelFacts) -> None:
    said = facts.profile
    assert said.keys() <= set(Profile.__struct_fields__) - {"max_output_tokens", "media"}
    msgspec.convert(said, Profile)
    assert pattern == pattern.lower()
    assert "." not in pattern


def test_the_media_are_words_that_profiles_know() -> None:
    known = DEFAULT_PROFILE.media
    assert all(facts.media <= known for _, facts in load_models() if facts.media is not None)


def test_a_longer_pattern_has_the_last_word_and_a_shorter_one_still_speaks() -> None:
    facts = find_facts("claude-opus-4-7")
    assert (facts.context_window, facts.max_output_tokens) == (1_000_000, 128_000)
    assert facts.media == frozenset({"image", "file"})
    assert find_facts("claude-opus-4-1").context_window == 200_000


def test_of_an_unknown_model_nothing_is_known() -> None:
    assert find_facts("house-model-7b") == NOTHING_KNOWN
    assert build_profile(None, "house-model-7b", {}) == DEFAULT_PROFILE


@pytest.mark.parametrize(
    ("model", "thinking", "sampling", "inline_system"),
    [
        ("claude-3-7-sonnet-20250219", "budget", True, False),
        ("claude-opus-4-20250514", "budget", True, False),
        ("claude-haiku-4-5", "budget", True, False),
        ("claude-sonnet-4-6", "adaptive", True, False),
        ("claude-opus-4-7", "adaptive", False, False),
        ("claude-opus-4-8", "adaptive", False, True),
        ("claude-sonnet-5", "adaptive", False, False),
        ("claude-sonnet-5-5", "adaptive", False, True),
        ("claude-opus-5-5", "adaptive", False, True),
    ],
)
def test_anthropic_models_differ_in_how_they_think(
    model: str, thinking: str, sampling: bool, inline_system: bool
) -> None:
    profile = build_profile(ROWS["anthropic"], model, {})
    assert (profile.thinking, profile.sampling_with_reasoning, profile.inline_system) == (
        thinking,
        sampling,
        inline_system,
    )


@pytest.mark.parametrize(
    ("model", "sampling", "output"),
    [
        ("gpt-4o-mini", True, 16_384),
        ("gpt-4.1", True, 32_768),
        ("gpt-4-1106-preview", True, 4_096),
        ("gpt-5", False, 128_000),
        ("gpt-5-chat-latest", True, 16_384),
        ("gpt-5.2-chat-latest", True, 16_384),
        ("gpt-5.6", False, 128_000),
        ("gpt-6-astra", False, 128_000),
        ("o3-mini", False, 100_000),
    ],
)
def test_openai_models_that_reason_take_no_temperature(model: str, sampling: bool, output: int) -> None:
    profile = build_profile(ROWS["openai"], model, {})
    assert (profile.sampling_with_reasoning, profile.max_output_tokens) == (sampling, output)
    assert profile.developer_role
    assert profile.max_tokens_field == "max_completion_tokens"


def test_gemini_models_differ_by_generation() -> None:
    old, middle, new = (
        build_profile(ROWS["google"], name, {}) for name in ("gemini-2.0-flash", "gemini-2.5-pro", "gemini-3.5-flash")
    )
    assert (old.json_schema, middle.json_schema, new.json_schema) == ("openapi", "native", "native")
    assert (old.thinking_level, middle.thinking_level, new.thinking_level) == (False, False, True)
    assert (old.media_in_tool_results, middle.media_in_tool_results, new.media_in_tool_results) == (False, False, True)
    assert (old.dummy_signature, middle.dummy_signature) == (None, None)
    assert new.dummy_signature


def test_a_provider_has_its_own_way_with_the_same_model() -> None:
    here, there = (
        build_profile(ROWS["deepseek"], "deepseek-v4-pro", {}),
        build_profile(ROWS["groq"], "deepseek-v4-pro", {}),
    )
    assert here.max_output_tokens == there.max_output_tokens == 384_000
    assert (here.reasoning_field, here.replay_reasoning) == ("reasoning_content", True)
    assert (there.reasoning_field, there.replay_reasoning) == ("reasoning", False)


def test_mistral_has_tool_ids_of_nine_characters() -> None:
    profile = build_profile(ROWS["mistral"], "mistral-large-latest", {})
    assert (profile.tool_call_id, profile.max_tokens_field) == ("alphanumeric_9", "max_tokens")


def test_the_operator_has_the_last_word() -> None:
    overrides = {"max_tokens_field": "max_completion_tokens", "media": frozenset({"image"}), "max_output_tokens": 7}
    profile = build_profile(ROWS["mistral"], "codestral-latest", overrides)
    assert (profile.max_tokens_field, profile.media, profile.max_output_tokens) == (
        "max_completion_tokens",
        frozenset({"image"}),
        7,
    )
    assert profile.tool_call_id == "alphanumeric_9"


def test_budgets_that_are_not_said_stay_as_they_are() -> None:
    profile = build_profile(None, "x", {"effort_budgets": {"low": 5}})
    assert profile.effort_budgets == {**DEFAULT_BUDGETS, "low": 5}


def test_every_hint_of_the_catalogue_gets_a_profile() -> None:
    for row in ROWS.values():
        for model in row.models:
            assert isinstance(build_profile(row, model, {}), Profile)

"""Which family a model belongs to, and that every family can count."""

from __future__ import annotations

import pytest

from dragoman.adapt.counting.pieces import PIECES
from dragoman.adapt.counting.weights import MATCHES, OTHER, find_family, load_weights


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt"),
        ("openai/gpt-4.1-nano", "gpt"),
        ("o3-mini", "gpt"),
        ("o1", "gpt"),
        ("gpt-5.4-nano", "gpt_5"),
        ("openai.gpt-5.5", "gpt_5"),
        ("gpt-4-turbo", "gpt_4"),
        ("gpt-35-turbo", "gpt_4"),
        ("openai/gpt-oss-120b", "gpt_oss"),
        ("gpt-oss:20b", "gpt_oss"),
        ("claude-sonnet-4-5-20250929", "claude"),
        ("anthropic/claude-haiku-4.5", "claude"),
        ("claude-opus-4-6", "claude"),
        ("us.anthropic.claude-opus-4-6-v1:0", "claude"),
        ("claude-sonnet-4-0", "claude_4"),
        ("claude-sonnet-4-20250514", "claude_4"),
        ("anthropic/claude-sonnet-4", "claude_4"),
        ("claude-opus-4-1-20250805", "claude_4"),
        ("claude-3-5-haiku-latest", "claude_4"),
        ("claude-opus-4-7", "claude_5"),
        ("claude-sonnet-5", "claude_5"),
        ("claude-fable-5", "claude_5"),
        ("gemini-2.5-flash", "gemini"),
        ("google/gemini-2.0-flash-exp:free", "gemini_2_0"),
        ("gemini-3-pro-preview", "gemini_3"),
        ("mistral-small-latest", "mistral"),
        ("ministral-3b-latest", "mistral"),
        ("deepseek-chat", "deepseek"),
        ("deepseek-r1-distill-llama-70b", "llama"),
        ("meta-llama/llama-4-scout-17b-16e-instruct", "llama_4"),
        ("Qwen/Qwen3.5-9B", "qwen"),
        ("grok-4.3", "grok"),
        ("zai-org/GLM-5.2-FP8", "glm"),
        ("moonshotai/kimi-k2.5", "kimi"),
        ("facebook/opt-125m", OTHER),
        ("", OTHER),
    ],
)
def test_a_model_belongs_to_a_family_by_its_name(model: str, family: str) -> None:
    assert find_family(model) == family


def test_every_family_that_can_be_found_has_weights() -> None:
    families = load_weights().families
    assert {family for _, family in MATCHES} | {OTHER} == families.keys()


def test_every_vocabulary_knows_every_piece() -> None:
    file = load_weights()
    assert {family.vocabulary for family in file.families.values()} <= file.vocabularies.keys()
    assert {len(row) for row in file.vocabularies.values()} == {len(PIECES)}


def test_no_weight_is_negative_and_words_cost_about_what_their_vocabulary_says() -> None:
    for name, family in load_weights().families.items():
        assert all(weight >= 0 for weight in family.weights.values()), name
        assert 0.9 < family.weights["words"] < 1.6, name

"""What a program may read of a provider."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.metadata import (
    emit_losses,
    emit_signature,
    find_minter,
    gather_metadata,
    read_tokens,
)
from dragoman.model.content import Reasoning
from dragoman.model.loss import Loss
from dragoman.model.response import Finish


def minted(dialect: str) -> dict[str, dict[str, Any]]:
    return {dialect: {"minted": True}}


def test_a_minter_is_found_by_its_mark() -> None:
    assert find_minter(minted("anthropic_messages")) == "anthropic"
    assert find_minter(minted("openai_chat")) is None
    assert find_minter({"anthropic_messages": {"x": 1}}) is None
    assert find_minter(None) is None


def test_a_signature_is_gemini_s_unless_somebody_else_marked_it() -> None:
    told = {"providerMetadata": {"google": {"thoughtSignature": "s"}}}
    assert emit_signature("s", None) == told
    assert emit_signature("s", minted("gemini_generate")) == told
    assert emit_signature("s", minted("openai_chat")) == {}
    assert emit_signature(None, None) == {}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Reasoning(signature="s", extras=minted("anthropic_messages")), ("anthropic", {"signature": "s"})),
        (Reasoning(redacted="r", extras=minted("anthropic_messages")), ("anthropic", {"redactedData": "r"})),
        (Reasoning(signature="s", extras=minted("gemini_generate")), ("google", {"thoughtSignature": "s"})),
        (
            Reasoning(id="i", encrypted="e", extras=minted("openai_responses")),
            ("openai", {"itemId": "i", "reasoningEncryptedContent": "e"}),
        ),
        (Reasoning(signature="s"), (None, {})),
    ],
)
def test_tokens_stand_where_the_sdk_s_own_providers_put_them(part: Reasoning, expected: Any) -> None:
    assert read_tokens(part) == expected


def test_fields_of_a_dialect_stand_under_its_provider_s_name() -> None:
    metadata = gather_metadata(
        Finish("stop_sequence", "END", extras={"anthropic_messages": {"b": 2}}),
        "flex",
        {"anthropic_messages": {"a": 1, "_form": 0, "minted": True}},
        None,
        {"acme": {"c": 3}},
    )
    assert metadata == {
        "anthropic": {"a": 1, "b": 2},
        "acme": {"c": 3},
        "dragoman": {"stopSequence": "END", "serviceTier": "flex"},
    }
    assert gather_metadata(Finish("stop"), None) == {}


def test_a_loss_is_told_once() -> None:
    loss = Loss("dropped", "x", "y")
    assert emit_losses([loss, loss]) == [{"code": "dropped", "path": "x", "detail": "y"}]

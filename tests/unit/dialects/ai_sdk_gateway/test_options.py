"""Options are taken one by one; what is left is told."""

from __future__ import annotations

import pytest

from dragoman.dialects.ai_sdk_gateway.options import Options
from dragoman.errors import DragomanError
from dragoman.model.content import CacheBreakpoint


def test_what_is_taken_is_no_longer_left() -> None:
    options = Options({"providerOptions": {"openai": {"a": 1, "b": 2, "c": None}}})
    assert options.take("openai", "a") == 1
    assert options.take("openai", "a") is None
    assert options.left() == [("openai", "b", 2)]
    assert options.extras() == {"ai_sdk_gateway": {"providerOptions.openai.b": 2}}


def test_an_object_without_options_has_no_extras() -> None:
    assert Options({}).extras() is None
    assert Options({"providerOptions": None}).take("openai", "a") is None


def test_a_token_is_marked_as_its_minter_s_own() -> None:
    options = Options({"providerOptions": {"google": {"thoughtSignature": "s", "x": 1}}})
    assert options.take_text("google", "thoughtSignature") == "s"
    assert options.extras("google") == {
        "ai_sdk_gateway": {"providerOptions.google.x": 1},
        "gemini_generate": {"minted": True},
    }


@pytest.mark.parametrize(
    ("value", "ttl"),
    [({"type": "ephemeral"}, None), ({"type": "ephemeral", "ttl": "1h"}, "1h"), ({"ttl": "9h"}, None)],
)
def test_a_cache_breakpoint_is_read_in_both_spellings(value: object, ttl: str | None) -> None:
    for name in ("cacheControl", "cache_control"):
        cache = Options({"providerOptions": {"anthropic": {name: value}}}).take_cache()
        assert cache == CacheBreakpoint(ttl)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [1, {"openai": 1}, {"openai": {"a": 1}}, {"anthropic": {"cacheControl": "yes"}}])
def test_wrong_types_are_named(given: object) -> None:
    with pytest.raises(DragomanError) as caught:
        options = Options({"providerOptions": given})
        options.take_cache()
        options.take_text("openai", "a")
    assert caught.value.path.startswith("providerOptions")

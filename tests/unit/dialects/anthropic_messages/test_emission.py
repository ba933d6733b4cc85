"""Losses and their paths, breakpoints, extras, and names that are not allowed."""

from __future__ import annotations

import re

import pytest

from dragoman.dialects.anthropic_messages.emission import Emission, emit_nothing, emit_opaque, emit_parts
from dragoman.model.content import CacheBreakpoint, Opaque, RemoteUrl, Text, Video
from dragoman.model.loss import Loss


def test_a_path_grows_while_the_call_returns() -> None:
    emission = Emission([Loss("dropped", "elsewhere")])
    emission.lose("dropped", "cache")
    emission.lose("renamed", "")
    emission.under(1, "parts[0]")
    emission.under(1, "turns[2]")
    assert [loss.path for loss in emission.losses] == ["elsewhere", "turns[2].parts[0].cache", "turns[2].parts[0]"]


def test_a_skipped_breakpoint_is_a_loss_and_leaves_no_trace() -> None:
    part = Text("a", cache=CacheBreakpoint("1h"), extras={"anthropic_messages": {"cache_control": {"scope": "global"}}})
    kept: dict[str, object] = {}
    Emission([]).decorate(kept, part)
    assert kept == {"cache_control": {"type": "ephemeral", "ttl": "1h", "scope": "global"}}
    skipped: dict[str, object] = {}
    emission = Emission([], frozenset({id(part)}))
    emission.decorate(skipped, part)
    assert skipped == {}
    assert [loss.path for loss in emission.losses] == ["cache"]


def test_own_extras_go_back_and_foreign_ones_are_counted() -> None:
    emission = Emission([])
    block: dict[str, object] = {"source": {"type": "url"}}
    emission.spill(
        block,
        {
            "anthropic_messages": {"minted": True, "source": {"etag": 1}, "new": [1]},
            "openai_chat": {"minted": True, "_form": {}, "annotations": []},
        },
    )
    assert block == {"source": {"type": "url", "etag": 1}, "new": [1]}
    assert emission.losses == [Loss("dropped", "extras.openai_chat.annotations")]


@pytest.mark.parametrize("id", ["toolu_01", "a" * 64, "call-9_Z"])
def test_an_allowed_id_stays(id: str) -> None:
    emission = Emission([])
    assert emission.tool_id(id, "id") == id
    assert emission.losses == []


@pytest.mark.parametrize("id", ["", "fc:1", "call 1", "ü", "a" * 65, "a.b|c", "x\n"])
def test_any_other_id_is_renamed_always_the_same_way(id: str) -> None:
    emission = Emission([])
    renamed = emission.tool_id(id, "id")
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", renamed)
    assert emission.tool_id(id, "id") == renamed
    assert {loss.code for loss in emission.losses} == {"renamed"}


def test_ids_that_differ_only_in_what_is_not_allowed_stay_different() -> None:
    emission = Emission([])
    assert emission.tool_id("a.b", "id") != emission.tool_id("a:b", "id")
    assert emission.tool_name("a" * 128) == "a" * 128
    assert len(emission.tool_name("a" * 129)) == 128


def test_a_part_without_a_place_is_named_in_the_loss() -> None:
    emission = Emission([])
    assert emit_parts([Text("a"), Video(RemoteUrl("https://example.com"))], {Text: lambda *_: {}}, emission) == [{}]
    assert emission.losses == [Loss("dropped", "parts[1]", "video has no place here")]
    emit_nothing(Text(""), emission)
    assert len(emission.losses) == 2


def test_an_opaque_block_goes_to_its_own_dialect_only() -> None:
    emission = Emission([])
    value = {"type": "fallback", "cache_control": {"type": "ephemeral"}}
    assert emit_opaque(Opaque("anthropic_messages", "fallback", value), emission) == value
    assert emission.marked == [0]
    assert emit_opaque(Opaque("gemini_generate", "executableCode", {}), emission) is None
    assert [loss.code for loss in emission.losses] == ["dropped"]

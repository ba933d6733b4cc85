"""What the dialect writes into extras and reads again."""

from __future__ import annotations

import pytest

from dragoman.dialects.openai_chat.marks import (
    emit_cache,
    form_of,
    is_minted,
    keep,
    parse_cache,
    report_foreign,
    rest_of,
    wire_fields,
)
from dragoman.model.content import CacheBreakpoint, Extras
from dragoman.model.loss import Loss


def test_private_notes_never_reach_the_wire() -> None:
    extras = keep({"prefix": True}, {"content": "list"}, is_minted=True)
    assert wire_fields(extras) == {"prefix": True}
    assert form_of(extras) == {"content": "list"}
    assert is_minted(extras)


def test_nothing_to_keep_is_nothing() -> None:
    assert keep({}, {}) is None
    assert wire_fields(None) == {}
    assert form_of(None) == {}
    assert not is_minted(None)


def test_a_caller_cannot_forge_our_notes() -> None:
    assert rest_of(
        {"_form": {"legacy": True}, "minted": True, "x": 1, "y": None, "role": "user"}, frozenset({"role"})
    ) == {"x": 1}


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ({"type": "ephemeral"}, CacheBreakpoint()),
        ({"type": "ephemeral", "ttl": "1h"}, CacheBreakpoint("1h")),
        ({"type": "ephemeral", "ttl": "2h"}, CacheBreakpoint()),
        ({"type": "ephemeral", "ttl": ["1h"]}, CacheBreakpoint()),
        ({"type": "persistent"}, None),
        ("ephemeral", None),
        (None, None),
    ],
)
def test_cache_control_is_anthropics(wire: object, expected: CacheBreakpoint | None) -> None:
    assert parse_cache(wire) == expected
    if expected is not None:
        assert parse_cache(emit_cache(expected)) == expected


def test_foreign_fields_are_lost_one_by_one_but_notes_are_not() -> None:
    losses: list[Loss] = []
    extras: Extras = {"openai_chat": {"a": 1}, "gemini_generate": {"labels": {}, "_form": 1, "minted": True}}
    report_foreign(extras, losses, "turns[0].")
    assert losses == [Loss("dropped", "turns[0].extras.gemini_generate.labels")]

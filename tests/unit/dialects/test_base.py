"""What the two halves exchange: plain values that nobody changes afterwards."""

from __future__ import annotations

import inspect

import msgspec
import pytest

from dragoman.dialects import base
from dragoman.dialects.base import Dialect, Envelope, Glance, WireReply, WireRequest
from dragoman.wire.json_document import JsonDocument


def test_an_answer_is_json_unless_it_says_otherwise() -> None:
    assert WireReply(200, b"{}").content_type == b"application/json"
    assert WireReply(200, b"{}").headers == ()
    assert WireRequest("/a", b"{}").headers == ()


@pytest.mark.parametrize(
    "value",
    [WireReply(200, b""), WireRequest("/a", b""), Glance(None, None), Dialect("a", None, None)],
    ids=lambda value: type(value).__name__,
)
def test_what_is_exchanged_does_not_change(value: msgspec.Struct) -> None:
    with pytest.raises(AttributeError):
        setattr(value, value.__struct_fields__[0], "other")


def test_an_envelope_holds_the_body_unparsed() -> None:
    envelope = Envelope("m", stream=True, document=JsonDocument(b'{"model": "m", "n":  1}'))
    assert envelope.document.patch({}) == b'{"model": "m", "n":  1}'


def test_everything_of_the_halves_can_be_awaited_by_nobody() -> None:
    """Dialects are pure: no method of theirs is a coroutine."""
    for side in (base.ClientSide, base.ProviderSide, base.StreamParser, base.StreamListener, base.StreamEmitter):
        for name, member in inspect.getmembers(side, inspect.isfunction):
            assert not inspect.iscoroutinefunction(member), f"{side.__name__}.{name}"

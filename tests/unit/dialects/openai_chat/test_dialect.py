"""Both halves under one name."""

from __future__ import annotations

import pytest

from dragoman.dialects.base import ClientSide, ProviderSide
from dragoman.dialects.openai_chat.dialect import DIALECT
from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.wire.json_document import decode_object
from dragoman.wire.sse import SseDecoder
from tests.unit.dialects.openai_chat.samples import ANYONE, CLIENT, PROVIDER


def test_both_halves_are_there() -> None:
    client: ClientSide | None = DIALECT.client
    provider: ProviderSide | None = DIALECT.provider
    assert client is not None
    assert provider is not None
    assert DIALECT.name == client.name == provider.name == "openai_chat"


def test_a_heartbeat_means_nothing_to_a_reader() -> None:
    assert CLIENT.heartbeat is not None
    assert [frame.data for frame in SseDecoder().feed(CLIENT.heartbeat)] == [None]


def test_the_dialect_cannot_count_tokens_but_can_tell_a_count() -> None:
    assert PROVIDER.emit_count_request(ANYONE, DEFAULT_PROFILE, []) is None
    with pytest.raises(DragomanError) as caught:
        PROVIDER.parse_token_count(b"{}")
    assert caught.value.kind is Kind.UNSUPPORTED
    assert decode_object(CLIENT.emit_token_count(7).body)["input_tokens"] == 7

"""Both versions of the client side."""

from __future__ import annotations

import json

from dragoman.dialects.ai_sdk_gateway.dialect import DIALECT, V3_DIALECT
from dragoman.dialects.registry import DIALECTS
from tests.unit.dialects.ai_sdk_gateway.samples import CLIENT, V3_CLIENT


def test_both_versions_are_registered_and_no_provider_speaks_them() -> None:
    for dialect in (DIALECT, V3_DIALECT):
        assert DIALECTS[dialect.name] is dialect
        assert dialect.provider is None
        assert dialect.client is not None
        assert dialect.client.name == dialect.name


def test_a_heartbeat_is_nothing_but_a_comment() -> None:
    for client in (CLIENT, V3_CLIENT):
        assert client.heartbeat is not None
        assert client.heartbeat.startswith(b":")
        assert client.heartbeat.endswith(b"\n\n")


def test_a_count_of_tokens_is_told() -> None:
    assert json.loads(CLIENT.emit_token_count(7).body) == {"inputTokens": {"total": 7}}

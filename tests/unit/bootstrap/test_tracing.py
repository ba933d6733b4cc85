"""A collector is told of exchanges where one is configured."""

from __future__ import annotations

from pathlib import Path

from dragoman.bootstrap.settings import read_settings
from dragoman.bootstrap.tracing import build_tracing
from tests.unit.bootstrap.configured import KEYS, write


def test_without_an_endpoint_nobody_is_told() -> None:
    assert build_tracing(read_settings(None, KEYS)) is None


def test_providers_are_known_by_their_rows(tmp_path: Path) -> None:
    text = "otel: {endpoint: 'http://127.0.0.1:9'}\nproviders: {mine: {row: mistral, api_key: a-key-of-mine}}"
    tracing = build_tracing(read_settings(write(tmp_path, text), KEYS))
    assert tracing is not None
    assert tracing.rows["mine"] == "mistral"
    assert tracing.rows["openai"] == "openai"

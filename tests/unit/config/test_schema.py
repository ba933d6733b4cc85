"""The schema as a whole. That every field is explained is tested where the reference is made."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from dragoman.catalog.providers import Dialect
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import DialectName
from dragoman.config.sections.timeouts import TimeoutSettings
from dragoman.model.secret import Secret
from dragoman.upstream.transport import Timeouts
from tests.unit.config.loading import load


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings().server = None  # type: ignore[misc,assignment]


def test_no_two_settings_share_a_mutable_default() -> None:
    assert Settings().providers is not Settings().providers


def test_the_default_is_closed_to_the_world() -> None:
    assert Settings().server.host == "127.0.0.1"
    assert Settings().auth.keys == []


def test_timeouts_are_those_of_the_transport_with_units() -> None:
    own = {f"{name}_seconds": value for name, value in msgspec.structs.asdict(Timeouts()).items()}
    assert msgspec.structs.asdict(TimeoutSettings()) == own


def test_the_dialects_are_those_of_the_catalogue() -> None:
    assert set(get_args(DialectName)) - {""} == set(get_args(Dialect))


def test_headers_are_secrets_because_some_carry_one() -> None:
    provider = "{dialect: openai_chat, base_url: 'http://127.0.0.1:1', auth: none, headers: {authorization: s3cret}}"
    settings = load(f"providers: {{x: {provider}}}")
    assert settings.providers["x"].headers == {"authorization": Secret("s3cret")}
    assert "s3cret" not in repr(settings)

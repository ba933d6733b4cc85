"""Loading a text the way the gateway does, with a small catalogue of our own."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from dragoman.config.load import parse_settings
from dragoman.config.schema import Settings
from dragoman.errors import DragomanError
from dragoman.model.secret import Secret


class Row(msgspec.Struct, frozen=True):
    """A row of a catalogue."""

    name: str
    dialect: str = "openai_chat"
    base_url: str = ""
    auth: str = "bearer"
    key_env: tuple[str, ...] = ()
    base_url_env: tuple[str, ...] = ()
    places: dict[str, list[str]] = {}
    also: dict[str, str] = {}
    headers: dict[str, str] = {}
    models: tuple[str, ...] = ()
    is_shy: bool = False
    unmoved: Row | None = None


class FoundRow(msgspec.Struct, frozen=True):
    """What was found in an environment."""

    row: Row
    base_url: str
    secrets: tuple[Secret, ...] = ()
    source: str = "ALPHA_API_KEY"
    unmoved: FoundRow | None = None


ALPHA = Row(
    "alpha",
    base_url="https://alpha.test/v1",
    key_env=("ALPHA_API_KEY",),
    base_url_env=("ALPHA_BASE_URL",),
    also={"anthropic_messages": "https://alpha.test/anthropic"},
    headers={"x-alpha": "yes"},
    models=("a-1", "a-2"),
)
LOCAL = Row("local", base_url="http://127.0.0.1:9000/v1", auth="none", base_url_env=("LOCAL_HOST",))
FUTURE = Row("future", base_url="https://future.test/v1", auth="sigv4", key_env=("FUTURE_KEY",))
NOWHERE = Row("nowhere", key_env=("NOWHERE_KEY",), base_url_env=("NOWHERE_URL",))
ROWS = {row.name: row for row in (ALPHA, LOCAL, FUTURE, NOWHERE)}

FOUND_ALPHA = FoundRow(ALPHA, ALPHA.base_url, (Secret("found-1"), Secret("found-2")))
GOOD_KEY = "Zk3-quite-unguessable-9"


def load(
    text: str,
    environment: Mapping[str, str] | None = None,
    found: tuple[FoundRow, ...] = (),
    rows: Mapping[str, Row] = ROWS,
) -> Settings:
    return parse_settings(text, environment or {}, rows, found, "test.yaml")


def refusal(text: str, environment: Mapping[str, str] | None = None, found: tuple[FoundRow, ...] = ()) -> str:
    """The error that a text is refused with."""
    with pytest.raises(DragomanError) as caught:
        load(text, environment, found)
    assert caught.value.code == "configuration"
    assert caught.value.blame == "gateway"
    return str(caught.value)

"""The rows of `providers.toml`: who there is, where, in which dialect, and how a key is shown.

Providers that differ only by these are rows, not code. The file is read once, when first asked for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

ROWS_PATH = Path(__file__).with_name("providers.toml")

Dialect = Literal["openai_chat", "openai_responses", "anthropic_messages", "gemini_generate", "bedrock_converse"]
Auth = Literal["bearer", "x-api-key", "x-goog-api-key", "api-key", "query", "none", "sigv4", "google-oauth", "entra"]


class ProviderRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider. `profile` holds the fields of `model.profile.Profile` in which it differs from the plain case."""

    name: str
    title: str
    dialect: Dialect
    docs: str
    base_url: str = ""  # empty: everybody has their own; may have {places}
    places: dict[str, list[str]] = {}  # variables that fill the places of the base URL, first one set wins
    path: str = ""  # what a base URL out of a variable must end with; put there if it is missing
    auth: Auth = "bearer"
    key_env: list[str] = []  # variables that may hold keys; the first one set counts
    key_parts: list[str] = []  # what completes such a key, with colons between them; all but the first may be missing
    default_env: list[str] = []  # variables by which a cloud's own tools find what is lent; then `default` is the key
    is_shy: bool = False  # its variables mean other things too: a configuration has to name it before it is used
    base_url_env: list[str] = []
    also: dict[str, str] = {}  # further dialects with their base URLs, of the same models and the same keys
    headers: dict[str, str] = {}
    profile: dict[str, Any] = {}
    local: bool = False  # a server of one's own, which its base URL alone is enough to use
    models: list[str] = []
    steers: bool = False  # a gateway itself, which reads `models` and `provider` in a request's body
    unmoved: ProviderRow | None = None  # how the row was before a variable moved it; never in the file


Rows = Mapping[str, ProviderRow]


@cache
def load_rows() -> Rows:
    """All rows by name, in the order of the file, which is the order in which they are shown and looked through."""
    tables = tomllib.loads(ROWS_PATH.read_text(encoding="utf-8"))
    return {name: msgspec.convert({"name": name, **table}, ProviderRow) for name, table in tables.items()}

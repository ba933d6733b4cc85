"""Settings, completed by what the catalogue knows and what the environment offers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import msgspec

from dragoman.bootstrap.shapings import load_stations
from dragoman.catalog.discover import FoundProvider, find_providers, locate_rows
from dragoman.catalog.providers import ProviderRow, load_rows
from dragoman.config.known import Found, KnownRows
from dragoman.config.load import load_settings, parse_settings
from dragoman.config.problems import Problems
from dragoman.config.schema import Settings
from dragoman.engine import provider as local
from dragoman.service.access.vault import Stored

Apply = Callable[[Settings], None]
"""Makes a running part go by changed settings."""

NOTHING_STORED: Stored = {}


Load = Callable[[KnownRows, Iterable[Found]], Settings]
"""Settings out of wherever they stand, given the catalogue and what was found in the environment."""


def read_settings(path: Path | None, environment: Mapping[str, str], stored: Stored = NOTHING_STORED) -> Settings:
    """Settings completed by what the catalogue knows, what the environment offers, and what is kept sealed."""
    return _complete(lambda known, found: load_settings(path, environment, known, found), environment, stored)


def parse_text(
    text: str, environment: Mapping[str, str], problems: Problems, stored: Stored = NOTHING_STORED
) -> Settings:
    """The same for a text that is at hand; the problems know afterwards where each setting was read."""
    return _complete(
        lambda known, found: parse_settings(text, environment, known, found, problems), environment, stored
    )


def _complete(load: Load, environment: Mapping[str, str], stored: Stored) -> Settings:
    rows = load_rows()
    located = locate_rows(rows, environment)
    known = {local.ROW.name: local.ROW, **located}
    found = [*find_providers(environment, rows), *local.find_local()]
    found += find_stored(stored, located, {one.name for one in found})
    settings = local.complete_settings(load(known, found), environment)
    load_stations(settings)  # what is wrong with a plugin is told now, before anything goes by the settings
    return join_stored(settings, stored)


def find_stored(stored: Stored, rows: Mapping[str, ProviderRow], others: Collection[str]) -> list[FoundProvider]:
    """Providers of the catalogue that can be used because a key of theirs is kept, and for no other reason."""
    return [
        FoundProvider(rows[name], rows[name].base_url, tuple(one.secret for one in credentials), "vault")
        for name, credentials in stored.items()
        if name in rows and rows[name].base_url and name not in others
    ]


def join_stored(settings: Settings, stored: Stored) -> Settings:
    """The settings with the keys that are kept in the pools of their providers."""
    if not stored:
        return settings
    providers = dict(settings.providers)
    for name, credentials in stored.items():
        if name in providers:
            kept = {one.secret for one in credentials}
            others = [one for one in providers[name].credentials if one.secret not in kept]
            providers[name] = msgspec.structs.replace(providers[name], credentials=[*others, *credentials])
    return msgspec.structs.replace(settings, providers=providers)

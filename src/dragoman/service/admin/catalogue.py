"""Who could be added: the rows of the catalogue. And trying one out with a key before it is kept."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dragoman.catalog.models import build_profile
from dragoman.catalog.providers import load_rows
from dragoman.config.schema import Settings
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.routing.target import Provider, Target
from dragoman.service.admin.probe import Probe, Prober
from dragoman.service.providers import build_provider

TRIAL = "trial"

ParseSettings = Callable[[str], Settings]
"""Settings out of a text, without the environment; raises with all mistakes."""


class CatalogueRow(msgspec.Struct, frozen=True):
    """One row."""

    name: str
    title: str
    docs: str
    dialects: list[str]
    base_url: str
    auth: str
    key_env: list[str]
    base_url_env: list[str]
    is_local: bool
    is_configured: bool
    models: list[str]


class Trial(msgspec.Struct, frozen=True):
    """A provider to be tried out. Nothing of it is kept."""

    row: str = ""
    key: str = ""
    base_url: str = ""
    dialect: str = ""
    model: str = ""


def list_catalogue(settings: Settings) -> list[CatalogueRow]:
    """All rows, with those in use marked."""
    used = {provider.row or name for name, provider in settings.providers.items() if provider.enabled}
    return [
        CatalogueRow(
            name=row.name,
            title=row.title,
            docs=row.docs,
            dialects=[row.dialect, *row.also],
            base_url=row.base_url,
            auth=row.auth,
            key_env=row.key_env,
            base_url_env=row.base_url_env,
            is_local=row.local,
            is_configured=row.name in used,
            models=row.models,
        )
        for row in load_rows().values()
    ]


async def try_out(trial: Trial, parse: ParseSettings, prober: Prober) -> Probe:
    """A live call with what somebody is about to add."""
    if trial.row and trial.row not in load_rows():
        raise DragomanError(Kind.NOT_FOUND, f"The catalogue has no row {trial.row[:64]!r}.", path="row")
    settings = parse(write_trial(trial))
    own = settings.providers[TRIAL]
    model = trial.model or next(iter(own.models or ()), "")
    if not model:
        raise invalid("Name a model to ask; none is known of this provider.", "model")
    row = load_rows().get(trial.row)

    def build_target(provider: Provider, name: str) -> Target:
        return Target(provider, name, build_profile(row, name, own.profile))

    return await prober.probe(build_provider(TRIAL, own, settings.timeouts), model, build_target)


def write_trial(trial: Trial) -> str:
    """The trial as a configuration: JSON is YAML too. What looks like a variable is meant as it stands."""
    given = {"row": trial.row, "api_key": trial.key, "base_url": trial.base_url, "dialect": trial.dialect}
    own = {name: value.replace("${", "$${") for name, value in given.items() if value}
    if not trial.key:
        own["auth"] = "none"
    return msgspec.json.encode({"discover_providers": False, "providers": {TRIAL: own}}).decode()

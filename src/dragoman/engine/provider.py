"""The local models as the rest of the house sees them: one provider, `local`, that speaks OpenAI's chat dialect.

Each model has a credential of its own that is valid for that model only and leads to the socket of its worker, so that
routing needs to know nothing of workers. In the settings the provider stands beside all others: it is adopted where a
route names it or nobody else is there (which `config` decides), and once the operator has added a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from dragoman.catalog.discover import FoundProvider
from dragoman.catalog.providers import ProviderRow
from dragoman.config.schema import Settings
from dragoman.config.sections.local import LOCAL_PROVIDER
from dragoman.config.sections.providers import ProviderSettings
from dragoman.config.sections.routes import RouteSettings, TargetSettings
from dragoman.engine.models import STARTER, LocalModel, Shelf, find_model, load_added, load_shelf, select_models_folder
from dragoman.engine.place import Place
from dragoman.engine.supervisor import is_installed
from dragoman.model.profile import FrameRule
from dragoman.routing.target import Credential, Face, Origin, Provider, Shown, Timeouts

DEFAULT_ROUTE = "default"

ROW = ProviderRow(
    name=LOCAL_PROVIDER,
    title="Models on this machine",
    dialect="openai_chat",
    docs="",
    base_url="http://local.invalid/v1",  # never called: each model has a socket of its own
    auth="none",
    local=True,
)

IMAGE_TYPES = ["image/png", "image/jpeg", "image/gif", "image/bmp"]
"""What the workers' own decoder reads."""

TIMEOUTS = Timeouts(first_byte=600.0, idle=300.0, progress=300.0, total=3600.0)
"""A long prompt on a slow processor takes its time, and no other key could be quicker."""


def find_local() -> list[FoundProvider]:
    """What discovery adds to what it found in the environment."""
    return [FoundProvider(ROW, ROW.base_url, (), "dragoman[local]")] if is_installed() else []


def complete_settings(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """The settings with the models that this machine has; and where there is nobody else, a route to the starter."""
    folder = select_models_folder(settings.local.folder, environment)
    providers = dict(settings.providers)
    if LOCAL_PROVIDER not in providers and settings.local.enabled and load_added(folder) and is_installed():
        providers[LOCAL_PROVIDER] = ProviderSettings(
            row=ROW.name, dialect="openai_chat", base_url=ROW.base_url, auth="none"
        )
    own = providers.get(LOCAL_PROVIDER)
    if own is None or not is_ours(own):
        return settings
    ready = [name for name, model in load_shelf(folder).items() if model.is_ready]
    providers[LOCAL_PROVIDER] = msgspec.structs.replace(own, models=ready)
    routes = settings.routes
    if is_alone(providers) and not routes:
        routes = {DEFAULT_ROUTE: RouteSettings(targets=[TargetSettings(f"{LOCAL_PROVIDER}/{STARTER}")])}
    return msgspec.structs.replace(settings, providers=providers, routes=routes)


def load_offer(settings: Settings, environment: Mapping[str, str]) -> Shelf:
    """The models that these settings offer: all, or none where the provider is not in use."""
    own = settings.providers.get(LOCAL_PROVIDER)
    if own is None or not own.enabled or not is_ours(own):
        return {}
    return load_shelf(select_models_folder(settings.local.folder, environment))


def is_ours(settings: ProviderSettings) -> bool:
    """Whether a provider is this one, and not a server of somebody's own that happens to be called local."""
    return settings.row == ROW.name and settings.base_url == ROW.base_url


def is_alone(providers: Mapping[str, ProviderSettings]) -> bool:
    """Whether the local models are all there is."""
    enabled = [one for one in providers.values() if one.enabled]
    return len(enabled) == 1 and is_ours(enabled[0])


def select_first(settings: Settings) -> str:
    """The model to load before anybody asks: where the local models are all there is, the one that the first route
    leads to; else none."""
    targets = [one.target for route in settings.routes.values() for one in route.targets]
    if not targets or not is_alone(settings.providers):
        return ""
    return targets[0].partition("/")[2]


def build_provider(shelf: Shelf, place: Place) -> Provider:
    """The provider with all models of the shelf."""
    shown: dict[str, Shown] = {ROW.dialect: Shown(((b"authorization", b"Bearer " + place.api_key.encode()),))}
    return Provider(
        name=LOCAL_PROVIDER,
        faces=(Face(ROW.dialect, Origin("http", "local", 80), "/v1"),),
        credentials=tuple(
            Credential(name=name, shown=shown, models=frozenset({name}), face=_build_face(place.socket_for(name)))
            for name in shelf
        ),
        headers=((b"connection", b"close"),),  # a worker that has streamed an answer may drop the connection's next one
        timeouts=TIMEOUTS,
        models=tuple(name for name, model in shelf.items() if model.is_ready),
    )


def build_overrides(shelf: Shelf, name: str) -> dict[str, Any]:
    """What a model can take, as fields of `Profile`; raises if there is no such model."""
    model = find_model(shelf, name)
    return {
        "context_window": model.context_tokens,
        "max_tokens_field": "max_tokens",
        "reasoning_request": "reasoning_effort" if model.thinking else "none",
        "media": ["image"] if model.sees else [],
        "media_urls": [],
        "image_types": IMAGE_TYPES if model.sees else [],
        "video_frames": fit_frames(model),
        "tools": model.tools and not model.embeds,
        "tool_demand": "schema",
        "extra_sampling": ["top_k", "min_p"],
    }


def fit_frames(model: LocalModel) -> FrameRule | None:
    """How the model is shown videos: by its own rule, in no more frames than leave a quarter of its context free."""
    rule = model.frames
    if rule is None or not model.sees or not model.frame_tokens:
        return rule if model.sees else None
    fitting = max(1, model.context_tokens * 3 // 4 // model.frame_tokens)
    return msgspec.structs.replace(rule, max_frames=min(rule.max_frames, fitting))


def _build_face(socket_path: str) -> Face:
    return Face(ROW.dialect, Origin("http", "local", 80, socket_path), "/v1")

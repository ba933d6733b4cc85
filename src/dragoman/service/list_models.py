"""Which models a client may ask for: the routes, then what each provider is known to have."""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind
from dragoman.model.card import ModelCard
from dragoman.service.switchboard import Switchboard


def list_models(switchboard: Switchboard) -> list[ModelCard]:
    """A card for each public name."""
    return [_describe(switchboard, name) for name in switchboard.resolver.names]


def read_model(switchboard: Switchboard, name: str) -> ModelCard:
    """The card of one name; raises NOT_FOUND as asking the model itself would."""
    if name not in switchboard.resolver.names:
        switchboard.resolver.resolve(name)
    return _describe(switchboard, name)


def _describe(switchboard: Switchboard, name: str) -> ModelCard:
    route = switchboard.resolver.resolve(name)
    if not route.targets:
        raise DragomanError(Kind.NOT_FOUND, f"The route {name!r} leads nowhere.", blame="gateway")
    target = route.targets[0]
    return ModelCard(
        id=name,
        owner=target.provider.name,
        display_name=name,
        context_window=target.profile.context_window,
        max_output_tokens=target.profile.max_output_tokens,
    )

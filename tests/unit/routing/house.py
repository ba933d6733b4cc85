"""A small house of providers for routing tests."""

from __future__ import annotations

from dragoman.routing.pool import CredentialPool
from dragoman.routing.target import Credential, Face, Origin, Policy, Provider, Route, Shown, Target


def make_provider(name: str, keys: int = 1, models: tuple[str, ...] = ()) -> Provider:
    """A provider with `keys` credentials named `<name>-1`, `<name>-2`, …"""
    faces = (Face("openai_chat", Origin("http", "127.0.0.1", 9), "/v1"),)
    credentials = tuple(Credential(f"{name}-{number}", {"openai_chat": Shown()}) for number in range(1, keys + 1))
    return Provider(name, faces, credentials, models=models)


def make_route(*providers: Provider, policy: Policy = "ordered") -> Route:
    """A route over the model `m` at each provider."""
    return Route("r", tuple(Target(provider, "m") for provider in providers), policy)


def make_pools(*providers: Provider) -> dict[str, CredentialPool]:
    return {provider.name: CredentialPool(provider.name, provider.credentials) for provider in providers}

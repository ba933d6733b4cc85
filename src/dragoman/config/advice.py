"""What is allowed but probably not meant. For `dragoman check` and the start of the gateway; nothing depends on it."""

from __future__ import annotations

from urllib.parse import urlsplit

from dragoman.config.addresses import is_local_network
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import ProviderSettings


def find_warnings(settings: Settings) -> list[str]:
    """One sentence for each thing that an operator may want to look at."""
    warnings = []
    if not any(provider.enabled for provider in settings.providers.values()):
        warnings.append("No provider is configured, and none was found in the environment.")
    for name, provider in settings.providers.items():
        if provider.enabled:
            warnings += _find_provider_warnings(name, provider)
    return warnings


def _find_provider_warnings(name: str, provider: ProviderSettings) -> list[str]:
    warnings = []
    parts = urlsplit(provider.base_url)
    if parts.scheme == "http" and provider.credentials and not is_local_network(parts.hostname or ""):
        warnings.append(f"The keys of {name} travel unencrypted: its base URL begins with http://.")
    secrets = [credential.secret for credential in provider.credentials]
    if len(set(secrets)) < len(secrets):
        warnings.append(f"{name} has the same key more than once; its limits are those of one key.")
    return warnings

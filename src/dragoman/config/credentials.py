"""Keys made complete: names given, shorthands spelled out, and what could never work refused."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from dragoman.config.addresses import find_url_fault
from dragoman.config.known import Found
from dragoman.config.problems import Problems
from dragoman.config.sections.auth import KeySettings
from dragoman.config.sections.providers import CredentialSettings, ProviderSettings
from dragoman.model.secret import Secret

MIN_KEY_LENGTH = 16
MIN_KEY_VARIETY = 5
PLACEHOLDERS = (
    "changeme",
    "change-me",
    "change_me",
    "your-",
    "your_",
    "example",
    "placeholder",
    "password",
    "12345678",
)
"""What stands in the documentation of one project or another and gets copied out of it."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
FORBIDDEN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-type", "expect"})


def complete_keys(keys: Sequence[KeySettings], path: str, problems: Problems) -> list[KeySettings]:
    """The gateway's own keys, each with a name; weak and double ones are refused."""
    named = [msgspec.structs.replace(key, name=key.name or f"key-{number}") for number, key in enumerate(keys, 1)]
    for index, key in enumerate(named):
        inner = f"{path}[{index}]"
        if fault := find_key_fault(key.secret.reveal()):
            problems.add(inner, fault)
        if key.name in {other.name for other in named[:index]}:
            problems.add(inner, f"is the second key called {key.name!r}")
        if key.secret in [other.secret for other in named[:index]]:
            problems.add(inner, "is the same key as one before it; then nobody could tell the callers apart")
    return named


def find_key_fault(key: str) -> str:
    """Why a key is too easy to guess; empty if it is not."""
    advice = 'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
    if len(key) < MIN_KEY_LENGTH:
        return f"is shorter than {MIN_KEY_LENGTH} characters. {advice}"
    if len(set(key)) < MIN_KEY_VARIETY or any(word in key.lower() for word in PLACEHOLDERS):
        return f"looks like a placeholder, not like a secret. {advice}"
    return ""


def complete_credentials(
    provider: ProviderSettings, found: Found | None, path: str, problems: Problems
) -> list[CredentialSettings]:
    """The provider's pool: what the file lists, else what the environment has."""
    listed = list(provider.credentials)
    if provider.api_key is not None:
        listed += [CredentialSettings(secret=secret) for secret in split_secret(provider.api_key)]
    if not listed and found is not None:
        return name_found(found)
    named = [
        msgspec.structs.replace(credential, name=credential.name or f"key-{number}")
        for number, credential in enumerate(listed, 1)
    ]
    for index, credential in enumerate(named):
        inner = f"{path}.credentials[{index}]"
        if credential.name in {other.name for other in named[:index]}:
            problems.add(inner, f"is the second credential called {credential.name!r}")
        if credential.base_url and (fault := find_url_fault(credential.base_url)):
            problems.add(f"{inner}.base_url", fault)
        check_headers(credential.headers, f"{inner}.headers", problems)
    return named


def name_found(found: Found) -> list[CredentialSettings]:
    """Keys out of one variable, named after it."""
    return [
        CredentialSettings(secret=secret, name=found.source if number == 1 else f"{found.source}#{number}")
        for number, secret in enumerate(found.secrets, 1)
    ]


def split_secret(secret: Secret) -> list[Secret]:
    """Several keys written as one text with commas between them."""
    return [Secret(part.strip()) for part in secret.reveal().split(",") if part.strip()]


def check_headers(headers: dict[str, Secret], path: str, problems: Problems) -> None:
    """Names that are no header names, and those that only the transport may set."""
    for name in headers:
        if not _HEADER_NAME.fullmatch(name):
            problems.add(path, f"{name!r} is not the name of a header")
        elif name.lower() in FORBIDDEN_HEADERS:
            problems.add(f"{path}.{name}", "is set by the gateway itself")

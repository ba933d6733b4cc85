"""Keys of providers that were given to the gateway by its API or command line: sealed at rest, write-only, renewed.

They join the pool of their provider, beside those of the configuration and the environment. Without the sealing key none
can be added, and those that are there wait.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from dragoman.config.sealing import ADVICE, SEAL_KEY, SEAL_KEY_FILE, read_sealing_keys
from dragoman.config.sections.providers import CredentialSettings
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.ledger.control.records import AuditEntry, Holdings, SealedCredential
from dragoman.ledger.control.store import ControlStore
from dragoman.model.secret import Secret

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MAX_LENGTH = 8192
NONCE_BYTES = 12

Stored = Mapping[str, tuple[CredentialSettings, ...]]
"""Opened credentials by provider."""


class Seals(Protocol):
    """What the sealing module makes; it is imported only where something is sealed."""

    def seal(self, secret: Secret, purpose: str, nonce: bytes) -> bytes: ...

    def open(self, sealed: bytes, purpose: str) -> Secret: ...

    def is_current(self, sealed: bytes) -> bool: ...


OpenSeals = Callable[[], Seals]


def open_seals(environment: Mapping[str, str]) -> Seals:
    """The sealer with the keys that the environment names; raises where there is none, or the extra is missing."""
    keys = read_sealing_keys(environment)
    if not keys:
        message = f"There is no key to seal providers' keys with: set {SEAL_KEY} or {SEAL_KEY_FILE}. {ADVICE}"
        raise DragomanError(Kind.CONFLICT, message, blame="gateway", code="no_sealing_key")
    try:
        from dragoman.ledger.sealing import Sealer
    except ImportError:
        message = "Sealing needs the extra `seal`: pip install 'dragoman[seal]'."
        raise DragomanError(Kind.CONFLICT, message, blame="gateway", code="no_sealing_key") from None
    return Sealer(keys)


def name_purpose(provider: str, name: str) -> str:
    """What a credential is bound to, in words that also stand in errors."""
    return f"The stored key {provider}/{name}"


def add_credential(
    store: ControlStore, seals: Seals, actor: str, credential: tuple[str, str, Secret], now_ms: int
) -> SealedCredential:
    """Keep a key of a provider, in place of an older one of the same name."""
    provider, name, secret = credential
    text = secret.reveal()
    for path, word in (("provider", provider), ("name", name)):
        if not _NAME.fullmatch(word):
            raise invalid("Must be 1 to 64 letters, digits or ._- and begin with a letter or digit.", path)
    if not text.strip() or len(text) > MAX_LENGTH or not text.isascii() or not text.isprintable():
        raise invalid("Must be a key that can stand in a header.", "key")
    sealed = seals.seal(secret, name_purpose(provider, name), secrets.token_bytes(NONCE_BYTES))
    record = SealedCredential(provider, name, sealed, secret.hint(), now_ms)
    entry = AuditEntry(now_ms, actor, "credential.add", f"{provider}/{name}", {"hint": record.hint})
    store.record_credentials([record], entry)
    return record


def remove_credential(store: ControlStore, actor: str, provider: str, name: str, now_ms: int) -> None:
    """Forget a key of a provider."""
    entry = AuditEntry(now_ms, actor, "credential.remove", f"{provider}/{name}")
    if not store.remove_credential(provider, name, entry):
        raise DragomanError(Kind.NOT_FOUND, f"There is no stored key {provider[:64]}/{name[:64]}.")


def seal_anew(store: ControlStore, seals: Seals, actor: str, now_ms: int) -> int:
    """Seal everything with the key that comes first; how many were sealed with another one. All of them or none."""
    renewed = []
    for one in store.read_holdings().credentials:
        if not seals.is_current(one.sealed):
            purpose = name_purpose(one.provider, one.name)
            sealed = seals.seal(seals.open(one.sealed, purpose), purpose, secrets.token_bytes(NONCE_BYTES))
            renewed.append(msgspec.structs.replace(one, sealed=sealed))
    if renewed:
        store.record_credentials(renewed, AuditEntry(now_ms, actor, "credential.seal", f"{len(renewed)} keys"))
    return len(renewed)


def open_all(holdings: Holdings, open_seals: OpenSeals) -> Stored:
    """Every stored key by its provider, as far as it can be opened; what cannot is told and left out."""
    opened: dict[str, tuple[CredentialSettings, ...]] = {}
    for one, secret in _open_each(holdings.credentials, open_seals):
        credential = CredentialSettings(secret=secret, name=one.name)
        opened[one.provider] = (*opened.get(one.provider, ()), credential)
    return opened


def _open_each(credentials: Sequence[SealedCredential], open_seals: OpenSeals) -> list[tuple[SealedCredential, Secret]]:
    if not credentials:
        return []
    try:
        seals = open_seals()
    except DragomanError as error:
        _log.error("%d stored keys of providers are not used: %s", len(credentials), error)
        return []
    opened = []
    for one in credentials:
        try:
            opened.append((one, seals.open(one.sealed, name_purpose(one.provider, one.name))))
        except DragomanError as error:
            _log.error("a stored key is not used: %s", error)
    return opened

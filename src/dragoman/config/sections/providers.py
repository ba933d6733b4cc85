"""Who serves, with which keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from dragoman.config.sections.timeouts import TimeoutSettings
from dragoman.config.sections.types import Count, NoneOrMore, Weight
from dragoman.model.profile import Profile
from dragoman.model.secret import Secret

ProfileOverrides = Annotated[dict[str, Any], Meta(extra={"overrides": Profile})]

DialectName = Literal[
    "", "openai_chat", "openai_responses", "anthropic_messages", "gemini_generate", "bedrock_converse"
]
AuthScheme = Literal[
    "", "none", "bearer", "x-api-key", "x-goog-api-key", "api-key", "query", "sigv4", "google-oauth", "entra", "account"
]


class CredentialSettings(msgspec.Struct, frozen=True):
    """One key of a provider's pool. May be written as just the secret."""

    secret: Secret
    """The key itself; best as `${A_VARIABLE}`. `default` for `auth` of `sigv4`, `google-oauth` or `entra`: what the
    machine is lent, as the cloud's own tools find it."""

    name: str = ""
    """What logs call it; `key-1`, `key-2`, … if left out."""

    weight: Weight = 1.0
    """Its share of the requests, compared with the other keys of the provider."""

    models: list[str] | None = None
    """The only models it may be used for; all if left out."""

    base_url: str = ""
    """Where this key is valid, if not at the provider's own address (a region, say)."""

    headers: dict[str, Secret] = {}
    """Headers to send with this key, beside those of the provider."""

    rpm: NoneOrMore = 0
    """Requests that it may be used for in any minute; no limit of yours if 0. The provider's own are learnt."""

    tpm: NoneOrMore = 0
    """Tokens that it may be used for in any minute; no limit of yours if 0."""

    concurrency: NoneOrMore = 0
    """Requests that it may be used for at the same time; no limit if 0."""


class ProviderSettings(msgspec.Struct, frozen=True):
    """Who serves. A name of the catalogue needs nothing more than a key, often not even that."""

    row: str = ""
    """Row of the catalogue to start from; the row of the provider's own name if left out."""

    dialect: DialectName = ""
    """How to speak to it; the row's own dialect if left out."""

    base_url: str = ""
    """Where it is. With `/v1` for the OpenAI dialects, without for Anthropic, with `/v1beta` for Gemini, without
    `/model` for Bedrock."""

    api_version: str = ""
    """For Azure's older paths (`/openai/deployments/…?api-version=…`): the version, such as `"2024-10-21"`. Models are then
    called by the names of what was deployed."""

    auth: AuthScheme = ""
    """How a key is shown to it; the row's way if left out."""

    api_key: Secret | None = None
    """Shorthand for `credentials`: one key, or several with commas between them."""

    credentials: list[CredentialSettings] = []
    """The pool of keys. If there are none, those of the environment are taken."""

    headers: dict[str, Secret] = {}
    """Headers to send with every request."""

    models: list[str] | None = None
    """Models it is known to have, listed to clients; the row's hints if left out. Others can be asked for as well."""

    windows: dict[str, Count] = {}
    """Context of single models in tokens, where that is known better here. Servers of your own are asked for it."""

    also: dict[str, str] = {}
    """Further dialects that it speaks, with their base URLs; the row's if left out and it was not moved."""

    timeouts: TimeoutSettings | None = None
    """Its own timeouts; what is left out is as in the top-level `timeouts`."""

    profile: ProfileOverrides = {}
    """Quirks that are known better here than in the catalogue, such as `max_tokens_field: max_tokens`."""

    enabled: bool = True
    """`false` keeps the entry without using it, and keeps the environment from adding it."""

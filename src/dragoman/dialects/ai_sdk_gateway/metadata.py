"""`providerMetadata`: what the caller's program may read of a provider, and sends back as `providerOptions`.

Tokens stand under the name of the provider that minted them, in the fields in which the AI SDK's own providers put
them, so that a later turn can bring them home. Fields that only one dialect knows stand under its provider's name too.
"""

from __future__ import annotations

from dragoman.dialects.ai_sdk_gateway.wire import METADATA, MINTERS
from dragoman.model.content import Extras, Reasoning
from dragoman.model.loss import Loss
from dragoman.model.response import Finish
from dragoman.wire.json_read import Fields

_PROVIDERS = {dialect: provider for provider, dialect in MINTERS.items()} | {"openai_chat": "openai"}
"""Whose words a dialect's fields are, where they are carried on."""


def find_minter(extras: Extras | None) -> str | None:
    """The provider whose token a part holds, if its tokens have a place here."""
    for provider, dialect in MINTERS.items():
        if extras is not None and extras.get(dialect, {}).get("minted") is True:
            return provider
    return None


def emit_signature(signature: str | None, extras: Extras | None) -> Fields:
    """The signature of a text or a call. Only Gemini signs these, so it is Gemini's unless somebody else marked it."""
    if signature is None or _is_marked(extras):
        return {}
    return {"providerMetadata": {"google": {"thoughtSignature": signature}}}


def _is_marked(extras: Extras | None) -> bool:
    """Whether a dialect other than Gemini's has marked the tokens as its own."""
    return extras is not None and any(
        dialect != MINTERS["google"] and fields.get("minted") is True for dialect, fields in extras.items()
    )


def read_tokens(part: Reasoning) -> tuple[str | None, Fields]:
    """Who minted the tokens of thinking, and the fields that hold them."""
    minter = find_minter(part.extras)
    if minter is None:
        return None, {}
    tokens: Fields = {}
    for name, value in _TOKENS[minter](part).items():
        if value is not None:
            tokens[name] = value
    return minter, tokens


_TOKENS = {
    "anthropic": lambda part: {"signature": part.signature, "redactedData": part.redacted},
    "google": lambda part: {"thoughtSignature": part.signature},
    "openai": lambda part: {"itemId": part.id, "reasoningEncryptedContent": part.encrypted},
}


def gather_metadata(finish: Finish, service_tier: str | None, *extras: Extras | None) -> Fields:
    """What is told of an answer as a whole: fields of its dialect, and ours."""
    metadata: Fields = {}
    for one in (*extras, finish.extras):
        for dialect, fields in (one or {}).items():
            told = {name: value for name, value in fields.items() if name != "minted" and not name.startswith("_")}
            if told:
                metadata.setdefault(_PROVIDERS.get(dialect, dialect), {}).update(told)
    own = {"stopSequence": finish.stop_sequence, "serviceTier": service_tier}
    told = {name: value for name, value in own.items() if value is not None}
    if told:
        metadata[METADATA] = told
    return metadata


def emit_losses(losses: list[Loss]) -> list[Fields]:
    """Losses as plain objects."""
    return [{"code": loss.code, "path": loss.path, "detail": loss.detail} for loss in dict.fromkeys(losses)]

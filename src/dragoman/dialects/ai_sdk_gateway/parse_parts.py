"""Parts of a prompt's messages to canonical parts: one small function a type, found by `USER_PARTS` and `MODEL_PARTS`."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dragoman.dialects.ai_sdk_gateway.options import Options
from dragoman.dialects.ai_sdk_gateway.parse_files import parse_file
from dragoman.dialects.ai_sdk_gateway.wire import METADATA, MINTERS, NAME
from dragoman.model.content import Opaque, Part, Reasoning, Text, ToolCall
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields, read_required

Parse = Callable[[Fields], Part]


def parse_text(part: Fields) -> Part:
    """Visible text; Gemini may have signed it."""
    if "providerOptions" not in part:
        return Text(read_required(part, "text", str))
    options = Options(part)
    signature = options.take_text("google", "thoughtSignature")
    cache = options.take_cache()
    extras = options.extras("google" if signature else None)
    return Text(read_required(part, "text", str), signature=signature, cache=cache, extras=extras)


def parse_reasoning(part: Fields) -> Part:
    """Thinking, with the token of whoever minted it."""
    text = read_required(part, "text", str)
    options = Options(part)
    signature = options.take_text("anthropic", "signature")
    redacted = options.take_text("anthropic", "redactedData")
    if signature or redacted:
        return Reasoning(text, signature=signature, redacted=redacted, extras=options.extras("anthropic"))
    signature = options.take_text("google", "thoughtSignature")
    if signature:
        return Reasoning(text, signature=signature, extras=options.extras("google"))
    item = options.take_text("openai", "itemId")
    encrypted = options.take_text("openai", "reasoningEncryptedContent")
    if item or encrypted:
        summary = [text] if text else []
        minter = "openai" if encrypted else None
        return Reasoning(summary=summary, id=item, encrypted=encrypted, extras=options.extras(minter))
    return Reasoning(text, extras=options.extras())


def join_sections(parts: list[Part]) -> list[Part]:
    """One reasoning item of OpenAI's comes as a part for each section of its summary; they are one part again."""
    joined: list[Part] = []
    for part in parts:
        before = joined[-1] if joined else None
        if type(part) is Reasoning and type(before) is Reasoning and part.id is not None and part.id == before.id:
            joined[-1] = msgspec.structs.replace(
                before,
                summary=[*(before.summary or ()), *(part.summary or ())],
                encrypted=part.encrypted or before.encrypted,
                extras=part.extras or before.extras,
            )
        else:
            joined.append(part)
    return joined


def parse_call(part: Fields, custom_tools: frozenset[str]) -> Part:
    """A call of a tool. One that the provider ran itself means something to that provider only."""
    if part.get("providerExecuted") is True:
        return parse_kept(part)
    options = Options(part)
    signature = options.take_text("google", "thoughtSignature")
    cache = options.take_cache()
    name = read_required(part, "toolName", str)
    given = part.get("input")
    return ToolCall(
        id=read_required(part, "toolCallId", str),
        name=name,
        arguments=given if type(given) is str else encode_json({} if given is None else given).decode(),
        kind="custom" if name in custom_tools else "function",
        signature=signature,
        cache=cache,
        extras=options.extras("google" if signature else None),
    )


def parse_kept(part: Fields) -> Part:
    """A part that only the provider that made it understands."""
    return Opaque(NAME, read_required(part, "type", str), part)


def parse_custom(part: Fields) -> Part:
    """A part of a provider's own kind; one that we wrote ourselves tells which dialect it is from."""
    dialect, _, kind = read_required(part, "kind", str).partition(".")
    value = Options(part).take(METADATA, "opaque")
    if dialect in MINTERS.values() and type(value) is dict:
        return Opaque(dialect, kind, value)
    return parse_kept(part)


USER_PARTS: dict[str, Parse] = {"text": parse_text, "file": parse_file}

MODEL_PARTS: dict[str, Parse] = {
    "text": parse_text,
    "file": parse_file,
    "reasoning": parse_reasoning,
    "reasoning-file": parse_kept,
    "custom": parse_custom,
    "tool-result": parse_kept,
    "tool-approval-request": parse_kept,
}

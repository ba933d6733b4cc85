"""Every dialect by name. Adding one is one line."""

from __future__ import annotations

import msgspec

from dragoman.dialects.ai_sdk_gateway import operations as ai_sdk
from dragoman.dialects.ai_sdk_gateway.dialect import DIALECT as AI_SDK_GATEWAY
from dragoman.dialects.ai_sdk_gateway.dialect import V3_DIALECT as AI_SDK_GATEWAY_V3
from dragoman.dialects.anthropic_messages.dialect import DIALECT as ANTHROPIC_MESSAGES
from dragoman.dialects.base import Dialect, ProviderSide
from dragoman.dialects.bedrock_converse.dialect import DIALECT as BEDROCK_CONVERSE
from dragoman.dialects.bedrock_converse.embeddings import EMBEDDING_PROVIDER as BEDROCK_EMBEDDING_PROVIDER
from dragoman.dialects.gemini_generate import operations as gemini
from dragoman.dialects.gemini_generate.dialect import ARRAY_DIALECT as GEMINI_GENERATE_ARRAY
from dragoman.dialects.gemini_generate.dialect import DIALECT as GEMINI_GENERATE
from dragoman.dialects.openai_chat import operations as openai
from dragoman.dialects.openai_chat import transcriptions as openai_sound
from dragoman.dialects.openai_chat.dialect import DIALECT as OPENAI_CHAT
from dragoman.dialects.openai_responses.dialect import DIALECT as OPENAI_RESPONSES

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        OPENAI_CHAT,
        OPENAI_RESPONSES,
        ANTHROPIC_MESSAGES,
        GEMINI_GENERATE,
        GEMINI_GENERATE_ARRAY,
        BEDROCK_CONVERSE,
        AI_SDK_GATEWAY,
        AI_SDK_GATEWAY_V3,
    )
}

EMBEDDING_PROVIDERS: dict[str, ProviderSide] = {
    "openai_chat": openai.EMBEDDING_PROVIDER,
    "openai_responses": openai.EMBEDDING_PROVIDER,
    "gemini_generate": gemini.EMBEDDING_PROVIDER,
    "bedrock_converse": BEDROCK_EMBEDDING_PROVIDER,
}
"""In which words a provider is asked for vectors, by the dialect that it speaks."""

IMAGE_PROVIDERS: dict[str, ProviderSide] = {"openai_chat": openai.IMAGE_PROVIDER}
"""The same for pictures."""

_CROSSINGS = {
    "openai_embeddings": EMBEDDING_PROVIDERS,
    "gemini_embeddings": EMBEDDING_PROVIDERS,
    "gemini_batch_embeddings": EMBEDDING_PROVIDERS,
    "ai_sdk_embeddings": EMBEDDING_PROVIDERS,
    "ai_sdk_images": IMAGE_PROVIDERS,
}
"""The operations that are translated where nobody has them as they are, and in whose words."""


def _cross(operation: Dialect) -> Dialect:
    ways = _CROSSINGS.get(operation.name, {})
    crossings = {name: side for name, side in ways.items() if name not in operation.carriers}
    return msgspec.structs.replace(operation, crossings=crossings)


OPERATIONS: dict[str, Dialect] = {
    operation.name: _cross(operation)
    for operation in (*openai.OPERATIONS, *openai_sound.OPERATIONS, *gemini.OPERATIONS, *ai_sdk.OPERATIONS)
}
"""What is asked beside answers of models: embeddings and the like."""

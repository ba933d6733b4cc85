"""Every dialect by name. Adding one is one line."""

from __future__ import annotations

from dragoman.dialects.ai_sdk_gateway.dialect import DIALECT as AI_SDK_GATEWAY
from dragoman.dialects.ai_sdk_gateway.dialect import V3_DIALECT as AI_SDK_GATEWAY_V3
from dragoman.dialects.anthropic_messages.dialect import DIALECT as ANTHROPIC_MESSAGES
from dragoman.dialects.base import Dialect
from dragoman.dialects.gemini_generate.dialect import ARRAY_DIALECT as GEMINI_GENERATE_ARRAY
from dragoman.dialects.gemini_generate.dialect import DIALECT as GEMINI_GENERATE
from dragoman.dialects.gemini_generate.operations import OPERATIONS as GEMINI_OPERATIONS
from dragoman.dialects.openai_chat.dialect import DIALECT as OPENAI_CHAT
from dragoman.dialects.openai_chat.operations import OPERATIONS as OPENAI_OPERATIONS
from dragoman.dialects.openai_responses.dialect import DIALECT as OPENAI_RESPONSES

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        OPENAI_CHAT,
        OPENAI_RESPONSES,
        ANTHROPIC_MESSAGES,
        GEMINI_GENERATE,
        GEMINI_GENERATE_ARRAY,
        AI_SDK_GATEWAY,
        AI_SDK_GATEWAY_V3,
    )
}

OPERATIONS: dict[str, Dialect] = {operation.name: operation for operation in (*OPENAI_OPERATIONS, *GEMINI_OPERATIONS)}
"""What is asked beside answers of models, and only passed on: embeddings and the like."""

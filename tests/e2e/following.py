"""Streams followed by the official asynchronous SDKs, many at once: was the end a proper one, or was the client told?

`Followed.trouble` is what the client was told: an SDK's exception, or in Responses (where the SDK raises nothing) the
typed event that every client of that dialect waits for. Without trouble the client believes that the answer is whole.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

from anthropic import AnthropicError, AsyncAnthropic
from google import genai
from google.genai import errors as genai_errors
from google.genai import types
from openai import AsyncOpenAI, OpenAIError

from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.e2e.stories import Ask

TIMEOUT_SECONDS = 60
TOLD = (OpenAIError, AnthropicError, genai_errors.APIError)
"""The SDKs' own errors: a bare one of httpx or json would mean that the connection broke and nobody was told why."""


class Followed(NamedTuple):
    """The end of one stream as a client saw it. `pieces` counts what came before."""

    text: str
    pieces: int
    trouble: str
    ended: float


Follow = Callable[[Ask, str], Awaitable[Followed]]
Pieces = AsyncIterator[tuple[str, str]]
"""Text, and trouble that came as an event."""


async def _chat(client: AsyncOpenAI, ask: Ask, model: str) -> Pieces:
    request = openai_chat.build_request(ask, model)
    async for chunk in await client.chat.completions.create(**request, stream=True):
        yield "".join(choice.delta.content or "" for choice in chunk.choices), ""


async def _responses(client: AsyncOpenAI, ask: Ask, model: str) -> Pieces:
    last: Any = None
    async for last in await client.responses.create(**openai_responses.build_request(ask, model), stream=True):
        yield getattr(last, "delta", "") if last.type == "response.output_text.delta" else "", ""
    if last is not None and last.type == "response.failed":
        yield "", f"response.failed: {last.response.error.message}"


async def _anthropic(client: AsyncAnthropic, ask: Ask, model: str) -> Pieces:
    request = anthropic_messages.build_request(ask, model)
    async for event in await client.messages.create(**request, stream=True):
        delta = event.delta if event.type == "content_block_delta" else None
        yield delta.text if delta is not None and delta.type == "text_delta" else "", ""


async def _gemini(client: genai.Client, ask: Ask, model: str) -> Pieces:
    request = gemini_generate.build_request(ask, model)
    async for chunk in await client.aio.models.generate_content_stream(**request):
        content = chunk.candidates[0].content if chunk.candidates else None
        parts = (content.parts or []) if content else []
        yield "".join(part.text or "" for part in parts if not part.thought), ""


async def _follow(pieces: Callable[[Ask, str], Pieces], ask: Ask, model: str) -> Followed:
    text, trouble, count = "", "", 0
    try:
        async for piece, told in pieces(ask, model):
            text += piece
            trouble = trouble or told
            count += 1
    except TOLD as error:
        trouble = f"{type(error).__name__}: {error}"
    return Followed(text, count, trouble, time.monotonic())


@asynccontextmanager
async def open_followers(url: str) -> AsyncIterator[dict[str, Follow]]:
    """One asynchronous client of each SDK, by the dialect that it speaks."""
    async with AsyncExitStack() as stack:
        options: dict[str, Any] = {"api_key": "caller-key", "max_retries": 0, "timeout": TIMEOUT_SECONDS}
        openai = await stack.enter_async_context(AsyncOpenAI(base_url=f"{url}/v1", **options))
        anthropic = await stack.enter_async_context(AsyncAnthropic(base_url=url, **options))
        http_options = types.HttpOptions(base_url=url, timeout=TIMEOUT_SECONDS * 1000)
        google = genai.Client(api_key="caller-key", http_options=http_options)
        stack.push_async_callback(google.aio.aclose)
        stack.callback(google.close)
        yield {
            "chat": partial(_follow, partial(_chat, openai)),
            "responses": partial(_follow, partial(_responses, openai)),
            "anthropic": partial(_follow, partial(_anthropic, anthropic)),
            "gemini": partial(_follow, partial(_gemini, google)),
        }

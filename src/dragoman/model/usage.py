"""Tokens, in classes that never overlap.

Anthropic reports input without what the cache held, OpenAI and Gemini report it with; OpenAI's output count includes
reasoning. Here every token stands in exactly one class, so that a bill is a plain sum of class × price.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Usage(msgspec.Struct, frozen=True):
    """What one answer consumed. `reported` keeps the provider's own object; `is_estimate` says that it gave none."""

    input: int = 0  # text and anything not classed below, not served from a cache
    cache_read: int = 0
    cache_write_5m: int = 0  # also writes whose lifetime the provider does not tell
    cache_write_1h: int = 0
    input_audio: int = 0
    input_image: int = 0
    output: int = 0  # visible text and tool calls
    reasoning: int = 0
    output_audio: int = 0
    output_image: int = 0
    is_estimate: bool = False
    reported: dict[str, Any] | None = None

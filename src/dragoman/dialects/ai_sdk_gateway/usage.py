"""Token counts, out of classes that do not overlap into sums with their parts."""

from __future__ import annotations

from dragoman.model.usage import Usage
from dragoman.wire.json_read import Fields


def emit_usage(usage: Usage | None) -> Fields:
    """The `usage` object, which an answer must have; a count that is not known is left out."""
    if usage is None:
        return {"inputTokens": {}, "outputTokens": {}}
    uncached = usage.input + usage.input_audio + usage.input_image
    written = usage.cache_write_5m + usage.cache_write_1h
    visible = usage.output + usage.output_audio + usage.output_image
    emitted: Fields = {
        "inputTokens": {
            "total": uncached + usage.cache_read + written,
            "noCache": uncached,
            "cacheRead": usage.cache_read,
            "cacheWrite": written,
        },
        "outputTokens": {"total": visible + usage.reasoning, "text": visible, "reasoning": usage.reasoning},
    }
    if usage.reported is not None:
        emitted["raw"] = usage.reported
    return emitted

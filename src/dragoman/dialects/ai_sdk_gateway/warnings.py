"""Losses as warnings: the AI SDK shows them to whoever runs the program."""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.dialects.ai_sdk_gateway.wire import WARNING_BY_LOSS
from dragoman.model.loss import Loss
from dragoman.wire.json_read import Fields


def emit_warnings(losses: Sequence[Loss]) -> list[Fields]:
    """One warning for each loss that a caller would want to know of."""
    return [_describe(loss) for loss in dict.fromkeys(losses) if loss.code in WARNING_BY_LOSS]


def _describe(loss: Loss) -> Fields:
    details = f"{loss.code}: {loss.detail}" if loss.detail else loss.code
    return {"type": WARNING_BY_LOSS[loss.code], "feature": loss.path, "details": details}

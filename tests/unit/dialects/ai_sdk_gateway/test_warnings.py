"""Losses as warnings."""

from __future__ import annotations

from typing import get_args

from dragoman.dialects.ai_sdk_gateway.warnings import emit_warnings
from dragoman.model.loss import Loss, LossCode


def test_each_loss_is_told_once_in_the_sdk_s_words() -> None:
    dropped = Loss("dropped", "sampling.seed", "no such setting")
    assert emit_warnings([dropped, Loss("moved", "turns[0]"), dropped]) == [
        {"type": "unsupported", "feature": "sampling.seed", "details": "dropped: no such setting"},
        {"type": "compatibility", "feature": "turns[0]", "details": "moved"},
    ]


def test_only_a_value_that_the_target_demands_is_no_warning() -> None:
    silent = [code for code in get_args(LossCode) if not emit_warnings([Loss(code, "x")])]
    assert silent == ["defaulted"]

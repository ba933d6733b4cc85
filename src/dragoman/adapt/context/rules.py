"""What the operator wants done with conversations that do not fit."""

from __future__ import annotations

from typing import Literal

import msgspec

Step = Literal["error", "larger", "trim_results", "drop_oldest", "middle_out", "summarise"]


class ContextRules(msgspec.Struct, frozen=True):
    """`steps` are taken in order until the request fits; where none is left it is refused. Tokens are estimates, so a
    `margin` of the window stays free. A cut leaves `low_share` of the room, so that the next one is far away and the
    provider's prompt cache stays warm in between."""

    steps: tuple[Step, ...] = ()
    window_tokens: int = 0  # instead of what is known of the model
    reserve_output_tokens: int = 1024
    margin: float = 0.05
    keep_turns: int = 6
    low_share: float = 0.6
    result_tokens: int = 1000
    summary_route: str = ""
    summary_tokens: int = 600
    summary_input_tokens: int = 24_000

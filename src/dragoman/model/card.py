"""What is told about a model that can be asked for."""

from __future__ import annotations

import msgspec


class ModelCard(msgspec.Struct, frozen=True):
    """One entry of a model list. None: not known."""

    id: str
    owner: str
    display_name: str = ""
    context_window: int | None = None
    max_output_tokens: int | None = None
    created_unix: int = 0

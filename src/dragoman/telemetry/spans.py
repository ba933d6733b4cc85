"""What is told to a collector, in words of our own: spans and measurements by the GenAI semantic conventions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

Value = str | int | float | bool | tuple[str, ...]
Attributes = Mapping[str, Value]

InstrumentName = Literal[
    "gen_ai.client.token.usage",
    "gen_ai.client.operation.duration",
    "gen_ai.server.request.duration",
    "gen_ai.server.time_to_first_token",
    "gen_ai.server.time_per_output_token",
]


class Span(msgspec.Struct, frozen=True):
    """Something that took its time. `error` is empty if it went well; a parent of 0 is none."""

    name: str
    kind: Literal["server", "client"]
    trace_id: int
    span_id: int
    parent_id: int
    started_ns: int
    ended_ns: int
    attributes: Attributes
    error: str = ""
    is_parent_remote: bool = False


class Measurement(msgspec.Struct, frozen=True):
    """A value of one of the instruments: tokens, or seconds."""

    instrument: InstrumentName
    value: float
    attributes: Attributes


class Collector(Protocol):
    """Where they go. Blocks; for a thread. Raises nothing: what cannot be sent is lost, and told to the log."""

    def send_spans(self, spans: list[Span]) -> None: ...

    def send_measurements(self, measurements: list[Measurement]) -> None: ...

    def close(self) -> None: ...

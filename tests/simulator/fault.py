"""What goes wrong with one answer.

A `Fault` is plain data, so that it also fits into a header. Positions count from the start of the answer: events as
the dialect emits them, bytes of the entity body. `plan.py` compiles it into the steps that the connection takes.

Where an answer stops (`stop`) is said by at most one of `after_event`, `at_byte` and `in_head`; by none of them:
before the first byte, so that `Fault(stop="stall")` accepts a request and never answers.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Stop = Literal["stall", "rst", "fin", "eof"]
"""stall: silence until the peer closes. rst: a reset. fin: the socket is closed in the middle of the HTTP body.
eof: the HTTP body ends well formed, and what it carried does not."""

RetryForm = Literal["seconds", "date", "ms", "x-ratelimit", "anthropic-ratelimit", "google"]

MAX_SECONDS = 600.0
MAX_POSITION = 1 << 31


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything is off by default."""

    # an error in the dialect's own shape; inside a 200 stream where `error_after_event` is given
    status: int | None = None
    message: str | None = None
    code: str | None = None
    error_after_event: int | None = None
    retry_after_seconds: float | None = None
    retry_forms: tuple[RetryForm, ...] = ("seconds",)

    # time
    delay_head_seconds: float = 0.0
    delay_body_seconds: float = 0.0
    pause_seconds: float = 0.0  # between writes of the body

    # the answer stops
    stop: Stop | None = None
    after_event: int | None = None
    at_byte: int | None = None
    in_head: bool = False
    stall_ping_seconds: float | None = None  # sends pings while it stalls

    # the answer is not what it should be
    body: str | None = None  # in place of the real one
    content_type: str | None = None
    headers: dict[str, str] = {}
    corrupt_byte: int | None = None
    corrupt_to: int = 0  # NUL breaks JSON wherever it falls
    hide_usage: bool = False
    hide_done: bool = False

    # how the bytes travel
    framing: Literal["chunked", "length", "close"] | None = None
    length_off: int = 0  # added to the true content-length
    gzip: bool = False
    split: tuple[int, ...] = ()  # sizes of the writes, repeated; (1,) is byte by byte
    events_per_write: int = 1  # 0: the whole body in one write
    close: Literal["announced", "silent"] | None = None  # after the answer

    # legal variations of a stream of events
    line_end: Literal["\n", "\r\n", "\r"] | None = None
    space: bool = True  # after `data:`
    comments: bool = False  # one before each event
    pings: bool = False  # one before each event: the dialect's own, or a comment
    bom: bool = False

    def __post_init__(self) -> None:
        for name in ("delay_head_seconds", "delay_body_seconds", "pause_seconds"):
            if not 0 <= getattr(self, name) <= MAX_SECONDS:
                raise ValueError(f"{name} must lie between 0 and {MAX_SECONDS:.0f}")
        for name in ("after_event", "at_byte", "error_after_event", "corrupt_byte", "events_per_write"):
            if not 0 <= (getattr(self, name) or 0) <= MAX_POSITION:
                raise ValueError(f"{name} must not be negative")
        if (self.after_event is not None) + (self.at_byte is not None) + self.in_head > (self.stop is not None):
            raise ValueError("after_event, at_byte and in_head say where `stop` happens: at most one of them, with it")
        if any(size < 1 for size in self.split):
            raise ValueError("split sizes must be positive")
        if self.framing == "close" and self.stop == "eof":
            raise ValueError("a body that ends with the connection cannot end before it: use stop='fin'")

    @property
    def is_refusal(self) -> bool:
        """Whether the whole answer is an error."""
        return self.status is not None and self.error_after_event is None


NO_FAULT = Fault()

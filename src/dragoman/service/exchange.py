"""The record of one exchange, and what the edge hands in and takes out.

One `Exchange` is allocated per client request and filled as it goes; whoever settles it (journal, metrics, log) reads
it once, at the end.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from dragoman.dialects.base import ClientSide, WireReply
from dragoman.errors import DragomanError
from dragoman.model.loss import Loss
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.routing.attempts import Skip
from dragoman.routing.lease import Lease
from dragoman.routing.target import Attempt, HeaderPairs


class Inbound(msgspec.Struct, frozen=True):
    """A request as the edge understood it: authenticated, read wholly, not yet looked into."""

    client: ClientSide
    body: bytes
    forwarded: HeaderPairs = ()  # headers that a provider of the same dialect may see
    hints: HeaderPairs = ()  # headers that only routing looks at
    path_model: str | None = None
    path_stream: bool | None = None
    strict: bool = False
    principal: str = "anonymous"
    method: str = "POST"
    item: str = ""  # the id in the path of what is asked for, where the path has one; then the query counts too
    query: bytes = b""


SESSION_HEADER = b"x-claude-code-session-id"
MAX_SESSION = 128


def read_session(forwarded: HeaderPairs) -> str:
    """The session that an agent names in its headers; empty if it names none."""
    for name, value in forwarded:
        if name == SESSION_HEADER:
            return value.decode("latin-1")[:MAX_SESSION]
    return ""


class AttemptOutcome(msgspec.Struct, frozen=True):
    """How one attempt went; `error` is None for the one that served."""

    attempt: Attempt
    started: float
    ended: float
    error: DragomanError | None = None


class Exchange(msgspec.Struct):
    """One client request from first byte to settlement. Times are monotonic seconds."""

    id: str
    client_dialect: str
    principal: str
    started: float
    model: str = ""
    stream: bool = False
    attempt: Attempt | None = None
    lease: Lease | None = None  # the attempt's hold on its credential
    tokens: int = 0  # about how many the request will cost
    skipped: list[Skip] = []  # targets that were passed over before the first attempt
    outcomes: list[AttemptOutcome] = []
    losses: list[Loss] = []
    usage: Usage | None = None
    finish: Finish | None = None
    error: DragomanError | None = None
    is_cancelled: bool = False
    first_content: float | None = None  # when the first meaningful bytes went to the client
    ended: float = 0.0
    bytes_in: int = 0
    bytes_out: int = 0  # of the answer, without its head
    session: str = ""  # which session of an agent it belongs to, as far as the agent tells


class ReplySink(Protocol):
    """Where an answer goes: the edge's half of a request."""

    is_started: bool  # the status line has gone

    def announce(self, *, is_stream: bool, survives_disconnect: bool) -> None:
        """What kind of answer is coming, and whether it is to be finished even if the client leaves."""
        ...

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None: ...

    async def start_stream(self, content_type: bytes, headers: HeaderPairs) -> None: ...

    async def send_chunk(self, chunk: bytes) -> None: ...

    async def end_stream(self) -> None: ...

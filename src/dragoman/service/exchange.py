"""The record of one exchange, and what the edge hands in and takes out.

One `Exchange` is allocated per client request and filled as it goes; whoever settles it (journal, metrics, log) reads
it once, at the end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

import msgspec

from dragoman.dialects.base import ClientSide, WireReply
from dragoman.errors import DragomanError
from dragoman.ledger.bodies import Bodies
from dragoman.model.loss import Loss
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.routing.attempts import Skip
from dragoman.routing.lease import Lease
from dragoman.routing.target import Attempt, Face, HeaderPairs
from dragoman.service.budgets import Hold
from dragoman.service.continuation import Continuation
from dragoman.service.estimating import Tape
from dragoman.service.principals import ANYBODY, Principal
from dragoman.upstream.transport import Answer


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
    caller: Principal = ANYBODY  # who that is, with all that they may
    method: str = "POST"
    item: str = ""  # the id in the path of what is asked for, where the path has one; then the query counts too
    query: bytes = b""
    trail: list[Attempt] | None = None  # attempts are noted in it as they begin
    beside: list[Attempt] | None = None  # the trail of another request for the same: its last key is not asked
    trace: str = ""  # W3C `traceparent`
    trace_state: bytes = b""
    continuation: Continuation | None = None  # another may go on with the answer, if it breaks off


SESSION_HEADER = b"x-claude-code-session-id"
MAX_SESSION = 128


def read_session(forwarded: HeaderPairs) -> str:
    """The session that an agent names in its headers; empty if it names none."""
    for name, value in forwarded:
        if name == SESSION_HEADER:
            return value.decode("latin-1")[:MAX_SESSION]
    return ""


class CacheHit(NamedTuple):
    """Whose answer was given again."""

    provider: str
    model: str


class AttemptOutcome(msgspec.Struct, frozen=True):
    """How one attempt went; `error` is None for the one that served."""

    attempt: Attempt
    started: float
    ended: float
    error: DragomanError | None = None


class Listener(Protocol):
    """Writes down what is said between the gateway and a provider."""

    def begin_attempt(self, request: bytes) -> None: ...

    def listen(self, answer: Answer) -> Answer: ...

    def build(self, exchange: Exchange) -> Bodies: ...


class Exchange(msgspec.Struct):
    """One client request from first byte to settlement. Times are monotonic seconds."""

    id: str
    client_dialect: str
    principal: str
    started: float
    caller: Principal = ANYBODY  # who that is, with all that they may
    bytes_in: int = 0
    session: str = ""  # which session of an agent it belongs to, as far as the agent tells
    trace: str = ""
    model: str = ""
    stream: bool = False
    attempt: Attempt | None = None
    face: Face | None = None  # where the attempt goes, and in which dialect
    lease: Lease | None = None  # the attempt's hold on its credential
    tokens: int = 0  # about how many the request will cost
    skipped: list[Skip] = []  # targets that were passed over before the first attempt
    outcomes: list[AttemptOutcome] = []
    losses: list[Loss] = []
    usage: Usage | None = None
    finish: Finish | None = None
    error: DragomanError | None = None
    is_cancelled: bool = False
    response_id: str | None = None  # what the provider calls its answer, where that is passed on as it is
    first_content: float | None = None  # when the first meaningful bytes went to the client
    ended: float = 0.0
    bytes_out: int = 0  # of the answer, without its head
    tape: Tape | None = None  # what keeps the answer as long as nobody knows whether its provider tells of its tokens
    hold: Hold | None = None  # what it has taken of its caller's limits
    transcript: Listener | None = None  # writes down what is said
    hit: CacheHit | None = None  # nobody was asked: an earlier answer was given again


class Outlet(Protocol):
    """Takes more of a stream at once, as long as it is free."""

    @property
    def is_free(self) -> bool: ...

    def write(self, chunk: bytes) -> None: ...


class ReplySink(Protocol):
    """Where an answer goes: the edge's half of a request."""

    @property
    def is_started(self) -> bool:
        """The status line has gone."""
        ...

    def announce(self, *, is_stream: bool, survives_disconnect: bool) -> None:
        """What kind of answer is coming, and whether it is to be finished even if the client leaves."""
        ...

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None: ...

    async def start_stream(self, content_type: bytes, headers: HeaderPairs) -> None: ...

    async def send_chunk(self, chunk: bytes) -> None: ...

    def find_outlet(self) -> Outlet | None:
        """A way around `send_chunk` for what can go at once; None where there is none."""
        ...

    async def end_stream(self) -> None: ...


Generate = Callable[[Inbound, ReplySink], Awaitable[None]]
"""Answers one request into a sink."""

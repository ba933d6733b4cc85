"""The server's side of one connection once it is a WebSocket: frames in, messages out, both bounded in size and time.

It takes the place of the protocol that read the request for it. A peer from which nothing comes is asked for a sign of
life; one that does not give it is gone. As there, deadlines are numbers that one sweep looks at.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

from uvicorn.protocols.http.flow_control import FlowControl

if TYPE_CHECKING:
    from websockets.server import ServerProtocol

CONTINUATION, TEXT, BINARY, CLOSE = 0, 1, 2, 8
GOING_AWAY, POLICY_VIOLATION = 1001, 1008
OPEN = 1
MAX_MINUTES = 60
"""How long a connection may last."""


class Session(Protocol):
    """What is said on a connection."""

    def take(self, message: bytes, *, is_text: bool) -> None:
        """A message came."""
        ...

    def leave(self) -> None:
        """The connection is gone."""
        ...

    def end(self, *, is_too_old: bool) -> None:
        """The connection is to end, now or when what is under way is over."""
        ...


class SocketProtocol(asyncio.Protocol):
    """One connection. `deadline` is when something has to happen to it; a message may take `message_seconds` to come."""

    ping_seconds = 20.0
    pong_seconds = 20.0
    close_seconds = 5.0
    stuck_seconds = 60.0
    age_seconds = MAX_MINUTES * 60.0

    def __init__(self, framing: ServerProtocol, message_seconds: float) -> None:
        self.loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self.loop.create_future()
        self.deadline = inf
        self._framing = framing
        self._message_seconds = message_seconds
        self._pieces: list[bytes] = []
        self._is_text = True
        self._begun: float | None = None  # when the message began of which some is still to come
        self._is_asked = False  # for a sign of life
        self._paused: float | None = None  # since when the peer has not read what it was told

    def begin(self, transport: asyncio.Transport, connections: set[Any], session: Session, greeting: bytes) -> None:
        """The connection is this one's from now on; it is among the server's `connections` until it ends."""
        now = self.loop.time()
        self._transport = transport
        self._connections = connections
        self._session = session
        self._flow = FlowControl(transport)
        self._end = now + self.age_seconds
        self._look = now + self.ping_seconds
        transport.write(greeting)
        self._schedule()

    @property
    def is_open(self) -> bool:
        """Whether messages can go."""
        return self._framing.state == OPEN and not self._transport.is_closing()

    @property
    def is_free(self) -> bool:
        """Whether more would go out without waiting."""
        return not self._flow.write_paused

    def write(self, message: bytes) -> None:
        """Say something."""
        if self.is_open:
            self._framing.send_text(message)
            self._flush()

    async def send(self, message: bytes) -> None:
        """Say something; returns when there is room for more."""
        self.write(message)
        if self._flow.write_paused:
            await self._flow.drain()

    def close(self, code: int, reason: str = "") -> None:
        """Say good-bye; a peer that does not answer is left soon."""
        if self._framing.state == OPEN:
            self._framing.send_close(code, reason)
            self._end = self._look = self.loop.time() + self.close_seconds
            self._begun = None
            self._flush()
            self._schedule()

    # The server's side

    def shutdown(self) -> None:
        """The server ends."""
        self._session.end(is_too_old=False)

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def expire(self) -> None:
        """Something is due."""
        now = self.loop.time()
        if self._framing.state != OPEN:
            self._give_up()
        elif self._begun is not None and now >= self._begun + self._message_seconds:
            self.close(POLICY_VIOLATION, "The message did not arrive in time.")
        elif now >= self._end:
            self._end = inf
            self._session.end(is_too_old=True)
        else:
            self._ask(now)
        self._schedule()

    def _ask(self, now: float) -> None:
        if self._paused is not None and now < self._paused + self.stuck_seconds:
            self._look = now + self.ping_seconds  # it has not come to the question yet
        elif self._paused is not None or self._is_asked:
            self._give_up()
        else:
            self._is_asked = True
            self._look = now + self.pong_seconds
            self._framing.send_ping(b"")
            self._flush()

    def _give_up(self) -> None:
        self._end = self._look = inf
        self._transport.abort()

    # The loop's side

    def data_received(self, data: bytes) -> None:
        is_heard = self._framing.state == OPEN  # after our good-bye only the client's is waited for
        self._framing.receive_data(data)
        frames: list[Any] = self._framing.events_received() if is_heard else []
        now = self.loop.time()
        self._is_asked = False
        self._look = now + self.ping_seconds
        if is_heard and not frames:
            self._begun = self._begun or now
        for frame in frames:
            self._begun = (self._begun or now) if self._take(frame) else None
        self._flush()
        self._schedule()

    def pause_writing(self) -> None:
        self._paused = self.loop.time()
        self._flow.pause_writing()

    def resume_writing(self) -> None:
        self._paused = None
        self._flow.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._connections.discard(self)
        self._flow.resume_writing()
        self._session.leave()
        if not self.closed.done():
            self.closed.set_result(None)

    def _take(self, frame: Any) -> bool:
        """A frame came; whether some of its message is still to come."""
        if frame.opcode in {TEXT, BINARY}:
            self._is_text = frame.opcode == TEXT
        elif frame.opcode != CONTINUATION:
            return bool(self._pieces)
        self._pieces.append(bytes(frame.data))
        if not frame.fin:
            return True
        message = b"".join(self._pieces)
        self._pieces.clear()
        self._session.take(message, is_text=self._is_text)
        return False

    def _flush(self) -> None:
        for data in self._framing.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()

    def _schedule(self) -> None:
        message_end = inf if self._begun is None else self._begun + self._message_seconds
        self.deadline = min(self._look, self._end, message_end)

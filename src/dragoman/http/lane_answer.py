"""An answer of the data plane as messages of a WebSocket: the events of a stream as they come, an error answer as one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from dragoman.dialects.base import ClientSide
from dragoman.dialects.openai_responses.socket import AnswerReader, emit_failure
from dragoman.errors import DragomanError

TOLD_HEADERS = ("x-dragoman-", "retry-after")
"""Headers of an answer that are told in its first message, by what their names begin with."""


class LaneAnswer:
    """One answer, as ASGI has it. `note` is given it once it is over, before its last message goes."""

    def __init__(
        self,
        lane: str | None,
        changes: dict[str, bytes | None],
        note: Callable[[bytes], None],
        say: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self._lane = lane
        self._reader = AnswerReader(lane, changes)
        self._note = note
        self._say = say
        self._status = 200
        self._is_stream = False
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    async def send(self, message: dict[str, Any]) -> None:
        """Take some of the answer; returns when there is room for more."""
        if message["type"] == "http.response.start":
            self._begin(message["status"], dict(message["headers"]))
            return
        body, is_last = message.get("body", b""), not message.get("more_body", False)
        if self._is_stream:
            await self._pass_on(self._reader.feed(body) if body else [])
            if is_last:
                await self._pass_on(self._reader.finish())
            return
        self._body.append(body)
        if is_last:
            await self._say(emit_failure(self._status, b"".join(self._body), self._headers, self._lane))

    def _begin(self, status: int, headers: dict[bytes, bytes]) -> None:
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        self._headers = {name: value for name, value in named.items() if name.startswith(TOLD_HEADERS)}
        self._status = status
        self._is_stream = named.get("content-type", "").startswith("text/event-stream")
        self._reader.headers = self._headers

    async def _pass_on(self, messages: list[bytes]) -> None:
        ending, self._reader.ending = self._reader.ending, None
        if ending is not None:
            self._note(ending)
        for message in messages:
            await self._say(message)


def word_error(client: ClientSide, error: DragomanError, lane: str | None = None) -> bytes:
    """An error of ours as a message."""
    reply = client.emit_error(error)
    return emit_failure(reply.status, reply.body, {}, lane)

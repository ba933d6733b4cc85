"""The gateway asks one of its own routes, on behalf of the caller whose request it is about.

It goes the way of every request: routing, limits, a row of its own in the ledger under the caller's name. So nothing
that the gateway does for a caller is free by accident.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import msgspec

from dragoman.dialects.base import ClientSide, Dialect
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Text
from dragoman.service.exchange import Generate, Inbound
from dragoman.service.sinks import GatheringSink

CALLER: ContextVar[Inbound | None] = ContextVar("caller", default=None)
"""Whose request is being shaped."""

_IS_ASKING: ContextVar[bool] = ContextVar("is_asking", default=False)


class Question(msgspec.Struct, frozen=True):
    """What a route is asked: its name, what its model is told to do, and with what."""

    route: str
    instruction: str
    text: str
    max_tokens: int
    seconds: float
    images: tuple[str, ...] = ()  # shown before the text, each by its URL or as a data URI


class Asking:
    """Asks. `generate` is given once the service that answers requests is there."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.generate: Generate | None = None

    @property
    def is_inner(self) -> bool:
        """Whether the request at hand is itself one that the gateway asks."""
        return _IS_ASKING.get()

    async def ask(self, question: Question) -> str:
        """The text of the answer; raises if there is none."""
        client, provider = self._dialect.client, self._dialect.provider
        if self.generate is None or client is None or provider is None:
            raise AssertionError("asked before there is anybody to answer")
        sink = GatheringSink()
        inbound = _write(question, client)
        token = _IS_ASKING.set(True)
        try:
            async with asyncio.timeout(question.seconds):
                await self.generate(inbound, sink)
        except TimeoutError:
            message = f"The route {question.route!r} has not answered within {question.seconds:g} s."
            raise DragomanError(Kind.TIMEOUT, message, blame="upstream") from None
        finally:
            _IS_ASKING.reset(token)
        if sink.reply is None or sink.reply.status != 200:
            raise DragomanError(
                Kind.UNAVAILABLE, f"The route {question.route!r} could not answer the gateway.", blame="upstream"
            )
        response = provider.parse_response(sink.reply.body)
        parts = response.candidates[0].parts if response.candidates else []
        return "".join(part.text for part in parts if isinstance(part, Text)).strip()


def _write(question: Question, client: ClientSide) -> Inbound:
    """The caller's limits and budgets count, but not which routes he may name himself: the operator has named this one."""
    images = [{"type": "image_url", "image_url": {"url": url}} for url in question.images]
    said = [*images, {"type": "text", "text": question.text}] if images else question.text
    messages = [{"role": "system", "content": question.instruction}, {"role": "user", "content": said}]
    body = {"model": question.route, "messages": messages, "max_completion_tokens": question.max_tokens}
    outer = CALLER.get()
    if outer is None:
        return Inbound(client, msgspec.json.encode(body))
    caller = msgspec.structs.replace(outer.caller, scope=None)
    return Inbound(client, msgspec.json.encode(body), principal=outer.principal, caller=caller, trace=outer.trace)

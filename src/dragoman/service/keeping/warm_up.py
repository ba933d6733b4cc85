"""A request of the WebSocket mode to which nothing is answered: nobody is asked, it only gets an id to be continued by."""

from __future__ import annotations

from dragoman.clock import Clock, IdSource
from dragoman.dialects.base import ClientSide
from dragoman.dialects.openai_responses.socket import emit_warm_up
from dragoman.model.stream import StreamStart


class WarmUps:
    """Makes them up."""

    def __init__(self, client: ClientSide, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._ids = IdSource()

    def answer(self, body: bytes, lane: str | None) -> tuple[list[bytes], bytes]:
        """What is told, and the answer that it comes to; raises for a request that could not be answered either."""
        envelope = self._client.open_envelope(body, None, None)
        request = self._client.parse_request(envelope)
        start = StreamStart(self._ids.make("warm_"), envelope.model, int(self._clock.unix()))
        return emit_warm_up(self._client.open_emitter(request, []).emit([start]), lane)

"""One request and its response on a server connection: uvicorn's cycle with a cheaper way out.

The status line waits for the first piece of the body, so that a whole answer is one write to the socket; headers are
joined without looking at each by pattern, and one count at the end proves that none of them broke a line.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from dragoman.errors import DragomanError, Kind


class GatewayCycle(RequestResponseCycle):
    """As uvicorn's, for applications that name their headers in lower case and never set `transfer-encoding`."""

    pending_head: bytes = b""

    async def send(self, message: Any) -> None:
        """Take one ASGI message; waits while the client does not read."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if message["type"] == "http.response.start":
            self.response_started = True
            self.waiting_for_100_continue = False
            self.pending_head = self._emit_head(message["status"], message["headers"])
        else:
            self._send_body(message.get("body", b""), message.get("more_body", False))

    def _send_body(self, body: bytes, more_body: bool) -> None:
        head, self.pending_head = self.pending_head, b""
        if self.scope["method"] == "HEAD":
            body = b""
        elif self.chunked_encoding:
            if body:
                body = b"%x\r\n%b\r\n" % (len(body), body)
            if not more_body:
                body += b"0\r\n\r\n"
        if head or body:
            self.transport.write(head + body if head else body)
        if not more_body:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()

    def _emit_head(self, status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
        pieces = [STATUS_LINE[status]]
        self.chunked_encoding = self.scope["method"] != "HEAD" and status not in {204, 304}
        for name, value in headers:
            if name == b"connection":  # the only thing that is ever said of it is `close`, once, below
                self.keep_alive = False
                continue
            if name == b"content-length":
                self.chunked_encoding = False
            pieces += (name, b": ", value, b"\r\n")
        if self.chunked_encoding:
            pieces.append(b"transfer-encoding: chunked\r\n")
        if not self.keep_alive:
            pieces.append(b"connection: close\r\n")
        pieces.append(b"\r\n")
        head = b"".join(pieces)
        line_count = pieces.count(b"\r\n") + 1 + self.chunked_encoding + (not self.keep_alive)
        if head.count(b"\n") != line_count or head.count(b"\r") != line_count:
            raise DragomanError(Kind.INTERNAL, "A response header would have broken its line.", blame="gateway")
        return head

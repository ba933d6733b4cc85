"""A gateway that says what it is told to, on a loopback port, for tests of the command line."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Talker:
    """`status` and `answer` are for the next POST; `models` for GET; `seen` is what was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.answer: bytes = b""
        self.models: Any = {"object": "list", "data": [{"id": "first/model"}, {"id": "second/model"}]}
        self.is_cut = False
        self.seen: list[tuple[str, str, dict[str, str], Any]] = []
        self.url = ""

    def says(self, *pieces: str, finish: str | None = "stop") -> None:
        """An answer in pieces."""
        chunks: list[Any] = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        events = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
        self.answer = "".join([": hello\n\n", *events, "data: [DONE]\n\n"]).encode()


class TalkingServer(ThreadingHTTPServer):
    """The server of one talker."""

    talker: Talker


class Connection(BaseHTTPRequestHandler):
    """One request to a talker. The library finds `list_models` and `speak` under its own names, below."""

    def list_models(self) -> None:
        body = json.dumps(self.note().models).encode()
        self.reply(200, body, len(body))

    def speak(self) -> None:
        talker = self.note()
        self.reply(talker.status, talker.answer, len(talker.answer) + (100 if talker.is_cut else 0))
        self.close_connection = True

    def note(self) -> Talker:
        assert isinstance(self.server, TalkingServer)
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.talker.seen.append((self.command, self.path, headers, body))
        return self.server.talker

    def reply(self, status: int, body: bytes, promised: int) -> None:
        self.send_response(status)
        self.send_header("content-length", str(promised))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


CONNECTION = type("Connection", (Connection,), {"do_GET": Connection.list_models, "do_POST": Connection.speak})


@contextmanager
def open_talker() -> Iterator[Talker]:
    """A talker that listens until the block ends."""
    server = TalkingServer(("127.0.0.1", 0), CONNECTION)
    server.talker = Talker()
    server.talker.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.talker
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

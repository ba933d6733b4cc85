"""A stand-in for a hub of models: a list of files, the files in ranges, and whatever may go wrong with them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class HubDouble(ThreadingHTTPServer):
    """Serves `files` of any repository. `ranges` are the parts that were asked for, `tokens` what was shown."""

    daemon_threads = True

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.files = dict(files)
        self.sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        self.ranges: list[int] = []
        self.tokens: list[str | None] = []
        self.fails_after_bytes = -1
        self.status = 0
        self.listing: bytes | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def list_files(self) -> bytes:
        if self.listing is not None:
            return self.listing
        rows: list[dict[str, Any]] = [{"type": "file", "path": "README.md", "oid": "0", "size": 3}]
        for name, content in self.files.items():
            lfs = {"oid": self.sums[name], "size": len(content), "pointerSize": 134}
            rows.append({"type": "file", "path": name, "oid": "0", "size": len(content), "lfs": lfs})
        return json.dumps(rows).encode()


class _Answers(BaseHTTPRequestHandler):
    """One connection, one request."""

    server: HubDouble

    def log_message(self, *arguments: object) -> None:
        """Tests have a log of their own."""

    def do_GET(self) -> None:
        hub = self.server
        hub.tokens.append(self.headers["authorization"])
        if hub.status:
            self.send_error(hub.status)
        elif "/tree/" in self.path:
            self._send(200, hub.list_files())
        elif self.path.startswith("/moved/"):
            self._send_file(self.path.rpartition("/")[2])
        else:
            self.send_response(302)
            self.send_header("location", f"http://localhost:{hub.server_address[1]}/moved{self.path}")
            self.send_header("content-length", "0")
            self.end_headers()

    def _send_file(self, name: str) -> None:
        hub = self.server
        first, _, last = self.headers["range"].removeprefix("bytes=").partition("-")
        hub.ranges.append(int(first))
        part = hub.files[name][int(first) : int(last) + 1]
        if 0 <= hub.fails_after_bytes <= int(first):
            self._send(206, part, len(part) // 2)
        else:
            self._send(206, part)

    def _send(self, status: int, body: bytes, cut_after: int | None = None) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut_after])


@contextmanager
def running_hub(files: Mapping[str, bytes]) -> Iterator[HubDouble]:
    """The hub, for as long as the block lasts."""
    with HubDouble(files) as hub:
        thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()

"""Two servers of one's own with the same model: requests go to the one that has less to do, whoever keeps the other busy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.e2e.gateway import running_gateway, wait_until
from tests.e2e.raw import ask

ANSWER = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


class Server(ThreadingHTTPServer):
    """As much of vLLM as matters here."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.waiting = 0


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet."""

    def tell_load(self) -> None:
        self._send(f'vllm:num_requests_waiting{{model_name="m"}} {self.server.waiting}\n'.encode())

    def answer(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._send(json.dumps(ANSWER).encode())

    do_GET = tell_load  # noqa: N815 - the names that the standard library looks for
    do_POST = answer  # noqa: N815

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_server() -> Iterator[Server]:
    server = Server()
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_server_that_others_keep_busy_is_spared(tmp_path: Path) -> None:
    with running_server() as one, running_server() as two:
        servers = {"one": one, "two": two}
        providers: dict[str, Any] = {
            name: {"row": "vllm", "base_url": f"http://127.0.0.1:{server.server_port}/v1", "models": ["m"]}
            for name, server in servers.items()
        }
        route = {"targets": ["one/m", "two/m"], "policy": "least_busy"}
        config = {"discover_providers": False, "providers": providers, "routes": {"m": route}}
        with running_gateway(tmp_path, json.dumps(config)) as gateway:
            body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hi."}]}).encode()

            def list_targets() -> set[str]:
                asked = [ask(gateway.url, "/v1/chat/completions", body) for _ in range(12)]
                return {answered.headers["x-dragoman-target"] for answered in asked}

            one.waiting = 40
            assert wait_until(lambda: list_targets() == {"two/m"})
            one.waiting, two.waiting = 0, 40
            assert wait_until(lambda: list_targets() == {"one/m"})

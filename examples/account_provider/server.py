"""Lantern, an imaginary service: `python server.py [port]`. It answers chat completions to those who have a session.

It knows one account (ann, opensesame), gives out tokens that last a minute, and counts the turns of each conversation.
"""

from __future__ import annotations

import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCOUNT = ("ann", "opensesame")
LASTS_SECONDS = 60.0


class Lantern(ThreadingHTTPServer):
    """The service and all that it remembers."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Visit)
        self.tokens: set[str] = set()
        self.puzzles: set[str] = set()
        self.turns: dict[str, int] = {}
        self.log_ins = 0
        self.renewals = 0

    def make_name(self, kind: str) -> str:
        """A name that was not there before. (A real service would draw it.)"""
        number = len(self.tokens) + len(self.puzzles) + len(self.turns)
        return f"{kind}-{number}"


class Visit(BaseHTTPRequestHandler):
    """One connection."""

    server: Lantern
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The puzzle."""
        puzzle = self.server.make_name("puzzle")
        self.server.puzzles.add(puzzle)
        self.answer(200, {"puzzle": puzzle})

    def do_POST(self) -> None:
        """Everything else."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        open_door = {"/login": self.log_in, "/renew": self.renew}.get(self.path, self.chat)
        open_door(body)

    def log_in(self, body: dict[str, Any]) -> None:
        """A session for who knows the password and has solved a puzzle."""
        hashes = (hashlib.sha256(f"{puzzle}{body['solution']}".encode()).hexdigest() for puzzle in self.server.puzzles)
        if (body["name"], body["password"]) != ACCOUNT or not any(one.startswith("0000") for one in hashes):
            self.answer(403, {"error": "no"})
            return
        self.server.log_ins += 1
        self.give_token()

    def renew(self, body: dict[str, Any]) -> None:
        """A new token for an old one."""
        if body["renewal"] != f"renewal-of-{ACCOUNT[0]}":
            self.answer(403, {"error": "no"})
            return
        self.server.renewals += 1
        self.give_token()

    def give_token(self) -> None:
        """Whoever gets here is let in."""
        token = self.server.make_name("token")
        self.server.tokens.add(token)
        renewal = f"renewal-of-{ACCOUNT[0]}"
        self.answer(200, {"token": token, "renewal": renewal, "lasts_seconds": LASTS_SECONDS})

    def chat(self, body: dict[str, Any]) -> None:
        """A chat completion that says which turn of its conversation it is."""
        if self.headers.get("authorization", "").removeprefix("Lantern ") not in self.server.tokens:
            self.answer(401, {"error": {"message": "Log in first.", "type": "authentication_error"}})
            return
        conversation = self.headers.get("lantern-conversation") or self.server.make_name("conversation")
        turn = self.server.turns[conversation] = self.server.turns.get(conversation, 0) + 1
        message = {"role": "assistant", "content": f"This is turn {turn}."}
        completion = {
            "id": f"{conversation}-{turn}",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 5, "total_tokens": 6},
        }
        self.answer(200, completion, conversation)

    def answer(self, status: int, body: object, conversation: str = "") -> None:
        """One answer."""
        said = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        if conversation:
            self.send_header("lantern-conversation", conversation)
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    Lantern(int(sys.argv[1]) if len(sys.argv) > 1 else 8900).serve_forever()

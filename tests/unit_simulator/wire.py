"""A client that hides nothing: a plain socket, the bytes that came, and how the connection ended."""

from __future__ import annotations

import socket
import time
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

import msgspec

from tests.simulator import Simulator

TIMEOUT_SECONDS = 30.0
CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
CHAT_STREAM = CHAT | {"stream": True}
RESPONSES = {"model": "m", "input": "Hello"}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
MESSAGES = {"model": "m", "max_tokens": 64, "messages": [{"role": "user", "content": "Hello"}]}

PLACES: dict[str, tuple[str, dict[str, str]]] = {
    "chat": ("/v1/chat/completions", {"authorization": "Bearer sk-test"}),
    "anthropic": ("/v1/messages", {"x-api-key": "sk-test", "anthropic-version": "2023-06-01"}),
    "responses": ("/v1/responses", {"authorization": "Bearer sk-test"}),
    "gemini": ("/v1beta/models/m:generateContent", {"x-goog-api-key": "sk-test"}),
    "gemini-3": ("/v1beta/models/gemini-3-sim:generateContent", {"x-goog-api-key": "sk-test"}),
    "gemini-count": ("/v1beta/models/m:countTokens?key=sk-test", {}),
    "gemini-sse": ("/v1beta/models/m:streamGenerateContent?alt=sse", {"x-goog-api-key": "sk-test"}),
    "gemini-array": ("/v1beta/models/m:streamGenerateContent", {"x-goog-api-key": "sk-test"}),
}

Ending = Literal["fin", "rst", "silence"]


class Answer(NamedTuple):
    """All bytes until the end; `ending` is how it came. `chunks` are what single reads gave, with their times."""

    data: bytes
    ending: Ending
    chunks: tuple[tuple[float, bytes], ...] = ()

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = [line.decode("latin-1").partition(": ") for line in self.head.split(b"\r\n")[1:]]
        return {name: value for name, _, value in lines}

    @property
    def body(self) -> bytes:
        """The entity, out of its chunks if there are any; what is unfinished is left out."""
        raw = self.data.partition(b"\r\n\r\n")[2]
        return join_chunks(raw) if "transfer-encoding" in self.headers else raw

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def spoken(self) -> str:
        """The text of a whole chat stream."""
        chunks = [msgspec.json.decode(line[6:]) for line in self.body.splitlines() if line.startswith(b"data: {")]
        return "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])

    @property
    def is_terminated(self) -> bool:
        """Whether a chunked body has come to its proper end."""
        return self.data.endswith(b"0\r\n\r\n")


def join_chunks(raw: bytes) -> bytes:
    body = b""
    while raw:
        size, _, rest = raw.partition(b"\r\n")
        if not size or not rest or len(rest) < int(size, 16):
            break
        body, raw = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body


class Wire:
    """One connection to the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self.socket = socket.create_connection(("127.0.0.1", simulator.port), timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(
        self, body: dict[str, Any], place: str = "chat", *, keep: bool = False, headers: dict[str, str] | None = None
    ) -> None:
        path, credentials = PLACES[place]
        data = msgspec.json.encode(body)
        lines = {"host": "localhost", "content-length": str(len(data))} | credentials | (headers or {})
        lines |= {} if keep else {"connection": "close"}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.socket.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + data)

    def read_to_end(self, timeout_seconds: float = TIMEOUT_SECONDS) -> Answer:
        """Everything until the peer closes, resets, or is silent for so long."""
        self.socket.settimeout(timeout_seconds)
        chunks: list[tuple[float, bytes]] = []
        ending: Ending = "fin"
        try:
            while data := self.socket.recv(65_536):
                chunks.append((time.monotonic(), data))
        except ConnectionResetError:
            ending = "rst"
        except TimeoutError:
            ending = "silence"
        return Answer(b"".join(data for _, data in chunks), ending, tuple(chunks))

    def read_one(self) -> Answer:
        """One whole answer from a connection that stays open."""
        data = b""
        while not _is_whole(data):
            received = self.socket.recv(65_536)
            if not received:
                return Answer(data, "fin")
            data += received
        return Answer(data, "silence")


def _is_whole(data: bytes) -> bool:
    if b"\r\n\r\n" not in data:
        return False
    answer = Answer(data, "silence")
    if "content-length" in answer.headers:
        return len(answer.body) >= int(answer.headers["content-length"])
    return answer.is_terminated


def ask(
    simulator: Simulator, body: dict[str, Any], place: str = "chat", headers: dict[str, str] | None = None
) -> Answer:
    """One request on a connection of its own, and everything that comes back."""
    with Wire(simulator) as wire:
        wire.send(body, place, headers=headers)
        return wire.read_to_end()

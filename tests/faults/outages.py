"""The cells of the matrix of outages: who fails how, who could step in, and what the client must see then."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from typing import Any, Literal, NamedTuple

from tests.e2e.gateway import CANARY
from tests.ports import find_free_port
from tests.simulator import Fault

Dialect = Literal["chat", "responses", "anthropic", "gemini"]
Mode = Literal["whole", "stream", "crossing"]
Spare = Literal["key", "provider", "none"]

DIALECTS: tuple[Dialect, ...] = ("chat", "responses", "anthropic", "gemini")
MODES: tuple[Mode, ...] = ("whole", "stream", "crossing")
SPARES: tuple[Spare, ...] = ("key", "provider", "none")
NAMES = {
    "chat": "openai_chat",
    "responses": "openai_responses",
    "anthropic": "anthropic_messages",
    "gemini": "gemini_generate",
}
PATHS = {"chat": "/v1", "responses": "/v1", "anthropic": "", "gemini": "/v1beta"}
BAD, GOOD = f"{CANARY}-bad", f"{CANARY}-good"
WAIT_SECONDS = 30
TEXT = "Ahoy there."


class Outage(NamedTuple):
    """`fault` is scripted; without one the address leads nowhere. `heals` says who can step in; `statuses` are those
    that a client may see if nobody does."""

    fault: Fault | None
    heals: frozenset[str]
    statuses: frozenset[int]
    modes: frozenset[str] = frozenset(MODES)


ANYBODY = frozenset({"key", "provider"})
ANOTHER_PROVIDER = frozenset({"provider"})
NOBODY: frozenset[str] = frozenset()
STREAMS = frozenset({"stream", "crossing"})
WHOLE = frozenset({"whole"})
TROUBLE = frozenset({500, 502, 503, 529})
LATE = frozenset({504})
IMPATIENT = {"connect_seconds": 1.5, "first_byte_seconds": 3, "idle_seconds": 3, "progress_seconds": 3.5}
"""For those that are silent. Nobody else has to be quick, so that a busy machine is no outage."""


def limited(*forms: Any) -> Outage:
    fault = Fault(status=429, retry_after_seconds=WAIT_SECONDS, retry_forms=forms)
    return Outage(fault, ANYBODY, frozenset({429}))


OUTAGES: dict[str, Outage] = {
    "refused": Outage(None, ANYBODY, TROUBLE),
    "dns": Outage(None, ANYBODY, TROUBLE),
    "tls": Outage(None, ANYBODY, TROUBLE),
    "connect-timeout": Outage(None, ANYBODY, LATE),
    "401": Outage(Fault(status=401), ANYBODY, frozenset({503})),
    "402": Outage(Fault(status=402), ANYBODY, frozenset({503})),
    "403": Outage(Fault(status=403), ANYBODY, frozenset({503})),
    "404": Outage(Fault(status=404), ANYBODY, frozenset({404})),
    "408": Outage(Fault(status=408), ANYBODY, frozenset({408, 504})),
    "409": Outage(Fault(status=409), ANYBODY, frozenset({409})),
    "413": Outage(Fault(status=413), ANOTHER_PROVIDER, frozenset({413})),
    "422": Outage(Fault(status=422), NOBODY, frozenset({400, 422})),
    "429-seconds": limited("seconds"),
    "429-date": limited("date"),
    "429-ms": limited("ms"),
    "429-openai": limited("x-ratelimit"),
    "429-anthropic": limited("anthropic-ratelimit"),
    "429-google": limited("google", "seconds"),
    "500": Outage(Fault(status=500), ANYBODY, TROUBLE),
    "502": Outage(Fault(status=502), ANYBODY, TROUBLE),
    "503": Outage(Fault(status=503), ANYBODY, TROUBLE),
    "529": Outage(Fault(status=529), ANYBODY, TROUBLE),
    "error-in-200": Outage(Fault(status=529, error_after_event=0), ANYBODY, TROUBLE, STREAMS),
    "stall-no-head": Outage(Fault(stop="stall"), ANYBODY, LATE),
    "stall-in-head": Outage(Fault(stop="stall", in_head=True), ANYBODY, LATE),
    "stall-in-body": Outage(Fault(stop="stall", at_byte=10), ANYBODY, LATE),
    "only-pings": Outage(Fault(stop="stall", after_event=0, stall_ping_seconds=0.2), ANYBODY, LATE, STREAMS),
    "reset": Outage(Fault(stop="rst", at_byte=10), ANYBODY, TROUBLE),
    "closed": Outage(Fault(stop="fin", at_byte=10), ANYBODY, TROUBLE),
    "ended-early": Outage(Fault(stop="eof", after_event=0), ANYBODY, TROUBLE, STREAMS),
    "malformed": Outage(Fault(corrupt_byte=9), ANYBODY, TROUBLE, WHOLE),
    "a-page": Outage(Fault(body="<html>busy</html>", content_type="text/html"), ANYBODY, TROUBLE),
}


class Cell(NamedTuple):
    """One request of the matrix, with providers of its own, so that no cell sees what another one taught a pool."""

    outage: str
    dialect: Dialect
    mode: Mode
    spare: Spare

    @property
    def provider(self) -> str:
        return f"{self.dialect}-{self.outage}-{self.mode}"

    @property
    def upstream_model(self) -> str:
        return f"m-{self.provider}-{self.spare}"

    @property
    def model(self) -> str:
        named = {"key": f"{self.provider}/", "provider": "route-", "none": f"{self.provider}-alone/"}
        return named[self.spare] + self.upstream_model

    @property
    def other(self) -> Dialect:
        return DIALECTS[(DIALECTS.index(self.dialect) + 1) % len(DIALECTS)]

    @property
    def client(self) -> Dialect:
        return self.other if self.mode == "crossing" else self.dialect

    @property
    def is_stream(self) -> bool:
        return self.mode != "whole"

    @property
    def must_be_clean(self) -> bool:
        return self.spare in OUTAGES[self.outage].heals


def list_cells() -> list[Cell]:
    cells = [Cell(*names) for names in product(OUTAGES, DIALECTS, MODES, SPARES)]
    return [cell for cell in cells if cell.mode in OUTAGES[cell.outage].modes]


@contextmanager
def open_dead_ends() -> Iterator[dict[str, str]]:
    """Addresses behind which nobody answers, by the outage that they make."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        plain = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        threading.Thread(target=_speak_plainly, args=(plain,), daemon=True).start()
        yield {
            "tls": f"https://127.0.0.1:{plain.getsockname()[1]}",
            "refused": f"http://127.0.0.1:{find_free_port()}",
            "dns": f"http://{'no' * 40}.invalid",
            "connect-timeout": f"http://127.0.0.1:{full.getsockname()[1]}",
        }


def _speak_plainly(listener: socket.socket) -> None:
    """Answer whoever connects with something that is no TLS."""
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        with peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def write_matrix(url: str, dead_ends: dict[str, str], bad_key: str = BAD, good_key: str = GOOD) -> str:
    """The providers and routes of all cells. The bad key has all the weight, so that it is asked first."""
    providers: dict[str, Any] = {}
    routes: dict[str, Any] = {}
    for dialect in DIALECTS:
        base_url = url + PATHS[dialect]
        providers[f"{dialect}-well"] = {"dialect": NAMES[dialect], "base_url": base_url, "api_key": good_key}
    for cell in list_cells():
        base_url = url + PATHS[cell.dialect]
        bad: dict[str, Any] = {"secret": bad_key, "weight": 1000}
        if cell.outage in dead_ends:
            bad["base_url"] = dead_ends[cell.outage] + PATHS[cell.dialect]
        common: dict[str, Any] = {"dialect": NAMES[cell.dialect], "base_url": base_url}
        if OUTAGES[cell.outage].statuses is LATE:
            common["timeouts"] = IMPATIENT
        providers[cell.provider] = {**common, "credentials": [bad, {"secret": good_key}]}
        providers[f"{cell.provider}-alone"] = {**common, "credentials": [bad]}
        if cell.spare == "provider":
            targets = [f"{cell.provider}-alone/{cell.upstream_model}", f"{cell.other}-well/{cell.upstream_model}"]
            routes[cell.model] = {"targets": targets}
    settings = {"discover_providers": False, "providers": providers, "routes": routes}
    return json.dumps(settings)


def build_request(cell: Cell) -> tuple[str, bytes]:
    """Path and body of the client's request."""
    if cell.client == "gemini":
        verb = "streamGenerateContent?alt=sse" if cell.is_stream else "generateContent"
        body: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "Hi."}]}]}
        return f"/v1beta/models/{cell.model}:{verb}", json.dumps(body).encode()
    paths: dict[str, tuple[str, dict[str, Any]]] = {
        "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi."}]}),
        "responses": ("/v1/responses", {"input": "Hi."}),
        "anthropic": ("/v1/messages", {"max_tokens": 100, "messages": [{"role": "user", "content": "Hi."}]}),
    }
    path, body = paths[cell.client]
    return path, json.dumps({"model": cell.model, "stream": cell.is_stream, **body}).encode()


_SAID = {
    "chat": re.compile(rb'"content":\s*("(?:[^"\\]|\\.)*")'),
    "responses": re.compile(rb'"type":\s*"response\.output_text\.delta".*?"delta":\s*("(?:[^"\\]|\\.)*")'),
    "anthropic": re.compile(rb'"type":\s*"text_delta",\s*"text":\s*("(?:[^"\\]|\\.)*")'),
    "gemini": re.compile(rb'"text":\s*("(?:[^"\\]|\\.)*")'),
}


def read_text(cell: Cell, body: bytes) -> str:
    """What the client would show."""
    if cell.is_stream:
        return "".join(json.loads(piece) for piece in _SAID[cell.client].findall(body))
    return TEXT * body.count(TEXT.encode())

"""Vertex AI behind the gateway: a service account buys one token, which goes with every request."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import openai
import pytest

from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat
from tests.e2e.gateway import CANARY, House, running_house
from tests.e2e.stories import Ask
from tests.unit.upstream.service_account import FIELDS

TOKEN = f"ya29.{CANARY}-token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Counter(ThreadingHTTPServer):
    """Google's counter for tokens: what was asked of it, and what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.asked: list[dict[str, list[str]]] = []
        self.status = 200


class _Desk(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        counter = self.server
        assert isinstance(counter, Counter)
        counter.asked.append(parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()))
        answer: dict[str, Any] = {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
        body = json.dumps(answer if counter.status == 200 else {"error": "invalid_grant"}).encode()
        self.send_response(counter.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class Place(NamedTuple):
    house: House
    counter: Counter


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("vertex")
    with Counter() as counter:
        threading.Thread(target=counter.serve_forever, daemon=True).start()
        account = {**FIELDS, "token_uri": f"http://127.0.0.1:{counter.server_port}/token"}
        (folder / "account.json").write_text(json.dumps(account))
        vertex = (
            f'  vertex: {{{{base_url: "{{url}}/v1/projects/p/publishers/google", api_key: "{folder}/account.json"}}}}\n'
        )
        vertex += (
            f'  vertex-anthropic: {{{{base_url: "{{url}}/v1/projects/p/publishers/anthropic", '
            f'api_key: "{folder}/account.json"}}}}\n'
        )
        with running_house(folder, more_providers=vertex) as house:
            yield Place(house, counter)
        counter.shutdown()


def test_one_token_is_bought_for_all_requests_and_never_shown(place: Place) -> None:
    for way in ("plain", "stream"):
        for client in (openai_chat, gemini_generate):
            heard = getattr(client, f"ask_{way}")(place.house.url, Ask("Say hello."), "vertex/gemini-sim")
            assert heard.text == "You said: Say hello."
    (asked,) = place.counter.asked
    assert asked["grant_type"] == [GRANT]
    assert asked["assertion"][0].count(".") == 2
    for record in place.house.simulator.journal:
        assert (record.carrier, record.key) == ("authorization", TOKEN)
        assert record.path.startswith("/v1/projects/p/publishers/google/models/gemini-sim:")
    assert "PRIVATE KEY" not in place.house.gateway.log


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("client", [openai_chat, anthropic_messages], ids=["translated", "passed-on"])
def test_claude_is_asked_by_its_path_and_told_its_version(client: Any, way: str, place: Place) -> None:
    heard = getattr(client, f"ask_{way}")(place.house.url, Ask("Say hello."), "vertex-anthropic/claude-sim@20250929")
    assert heard.text == "You said: Say hello."
    (record,) = place.house.simulator.journal
    assert (record.complaint, record.carrier, record.key) == ("", "authorization", TOKEN)
    assert record.model == "claude-sim@20250929"
    assert record.path.endswith(":streamRawPredict" if way == "stream" else ":rawPredict")


def test_a_refused_account_is_the_operators_affair(place: Place) -> None:
    place.counter.status = 400
    with pytest.raises(openai.InternalServerError, match="operator of the gateway") as told:
        openai_chat.ask_plain(place.house.url, Ask(), "vertex/gemini-sim")
    assert "invalid_grant" not in str(told.value)
    assert place.house.simulator.journal == []

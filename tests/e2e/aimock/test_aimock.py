"""A mock provider of somebody else's behind the gateway: `@copilotkit/aimock`, in each of its dialects that we ask.

What it says is heard by every official Python SDK, whole and streamed. A soak test, for it is fetched when first needed.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.e2e.gateway import Gateway, running_gateway, wait_until
from tests.e2e.javascript.node import install_or_skip
from tests.e2e.stories import Ask, Heard
from tests.ports import find_free_port

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

HERE = Path(__file__).resolve().parent
CLIENTS = {
    "openai_chat": openai_chat,
    "openai_responses": openai_responses,
    "anthropic_messages": anthropic_messages,
    "gemini_generate": gemini_generate,
}
PROVIDERS = {
    "chat": ("openai_chat", "/v1"),
    "responses": ("openai_responses", "/v1"),
    "anthropic": ("anthropic_messages", ""),
    "gemini": ("gemini_generate", "/v1beta"),
    "bedrock": ("bedrock_converse", ""),
}
FIXTURES = {
    "fixtures": [
        {"match": {"userMessage": "hello"}, "response": {"content": "Hello from the mock, at some length."}},
        {
            "match": {"userMessage": "weather"},
            "response": {"toolCalls": [{"name": "get_weather", "arguments": '{"city":"Paris"}'}]},
        },
    ]
}


THIN = ("openai_responses", "responses")
"""It answers Responses without the details of the usage, which the SDK takes for certain; passed on as it came, it does."""

ODD_FINISH = ("gemini_generate", "gemini")
"""Its word for an end with calls is none of Google's; passed on as it came, the SDK warns of it."""

PAIRS = [(client, provider) for client in CLIENTS for provider in PROVIDERS if (client, provider) != THIN]


class Mocked(NamedTuple):
    """A gateway before the mock."""

    gateway: Gateway


@pytest.fixture(scope="module")
def mocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mocked]:
    node, folder = install_or_skip("aimock", HERE)
    place = tmp_path_factory.mktemp("aimock")
    (place / "fixtures.json").write_text(json.dumps(FIXTURES))
    port = find_free_port()
    command = [str(node.program), str(folder / "node_modules" / ".bin" / "llmock"), "-p", str(port)]
    with (place / "mock.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-f", str(place / "fixtures.json")], stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        provider = Gateway(process, port, place)
        assert wait_until(lambda: provider.status_of("/v1/models") == 200, 20.0), (place / "mock.log").read_text()
        with running_gateway(place, write_config(port)) as gateway:
            yield Mocked(gateway)
    finally:
        process.terminate()
        process.wait(10)


def write_config(port: int) -> str:
    lines = ["discover_providers: false", "providers:"]
    for name, (dialect, path) in PROVIDERS.items():
        url = f"http://127.0.0.1:{port}{path}"
        lines.append(f'  {name}: {{dialect: {dialect}, base_url: "{url}", api_key: mock-key-of-nobody}}')
    return "\n".join(lines) + "\n"


def ask(mocked: Mocked, client: str, provider: str, way: str, question: Ask) -> Heard:
    heard: Heard = getattr(CLIENTS[client], f"ask_{way}")(mocked.gateway.url, question, f"{provider}/mock-model")
    return heard


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize(("client", "provider"), PAIRS)
def test_its_text_is_heard(client: str, provider: str, way: str, mocked: Mocked) -> None:
    heard = ask(mocked, client, provider, way, Ask("Say hello."))
    assert (heard.text, heard.finish) == ("Hello from the mock, at some length.", "stop")


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize(("client", "provider"), [pair for pair in PAIRS if pair != ODD_FINISH])
def test_its_calls_are_heard(client: str, provider: str, way: str, mocked: Mocked) -> None:
    heard = ask(mocked, client, provider, way, Ask("How is the weather in Paris?", tools=True))
    assert [(call.name, call.arguments) for call in heard.calls] == [("get_weather", {"city": "Paris"})]
    assert heard.finish == "tool_calls"

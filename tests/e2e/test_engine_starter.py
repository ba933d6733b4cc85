"""No key, no configuration: the starter model answers every official SDK, whole and streaming."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.e2e.gateway import Gateway, running_gateway
from tests.e2e.raw import ask
from tests.e2e.stories import Ask

CLIENTS = {
    "openai_chat": openai_chat,
    "openai_responses": openai_responses,
    "anthropic_messages": anthropic_messages,
    "gemini_generate": gemini_generate,
}
PULL_SECONDS = 100
QUESTION = Ask("Say hello in one sentence.", max_tokens=60)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that nobody has told anything. The model is fetched first, unless it is here already."""
    dragoman = str(Path(sys.executable).with_name("dragoman"))
    folder = tmp_path_factory.mktemp("starter")
    pulled = subprocess.run(
        [dragoman, "models", "pull", "smollm2-135m"],
        cwd=folder,
        env=dict(os.environ),
        timeout=PULL_SECONDS,
        capture_output=True,
        text=True,
        check=False,
    )
    if pulled.returncode:
        pytest.skip(f"the starter model cannot be had here: {pulled.stderr.strip()}")
    own = {name: value for name, value in os.environ.items() if name == "XDG_CACHE_HOME"}
    with running_gateway(folder, "discover_providers: true\n", own) as running:
        yield running


def is_sentence(text: str) -> bool:
    """Several words of a language, with an end (or cut off for length)."""
    words = re.findall(r"[A-Za-z]{2,}", text)
    return len(words) >= 3 and len(set(words)) >= 3


@pytest.mark.parametrize("model", ["default", "local/smollm2-135m"])
@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_every_sdk_gets_a_sentence_whole_and_streaming(gateway: Gateway, client: ModuleType, model: str) -> None:
    for ask_model in (client.ask_plain, client.ask_stream):
        heard = ask_model(gateway.url, QUESTION, model)
        assert is_sentence(heard.text), heard
        assert heard.finish in {"stop", "length"}
        assert heard.input_tokens + heard.cached_tokens > 5
        assert heard.output_tokens > 3


def test_the_banner_says_how_to_ask_and_that_it_is_a_small_model(gateway: Gateway) -> None:
    assert '"model": "default"' in gateway.log
    assert "a small model on this machine" in gateway.log


def test_a_question_from_the_command_line_is_answered(gateway: Gateway) -> None:
    dragoman = str(Path(sys.executable).with_name("dragoman"))
    environment = {"PATH": os.environ["PATH"], "DRAGOMAN_URL": gateway.url}
    asked = subprocess.run(
        [dragoman, "chat", "Say hello."], env=environment, timeout=60, capture_output=True, text=True, check=True
    )
    assert is_sentence(asked.stdout)


def test_tools_are_refused_and_not_dropped(gateway: Gateway) -> None:
    body = b'{"model":"default","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}}}]}'
    answered = ask(gateway.url, "/v1/chat/completions", body)
    assert answered.status == 400
    assert "cannot call tools" in answered.json["error"]["message"]

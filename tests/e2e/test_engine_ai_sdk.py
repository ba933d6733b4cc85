"""The models of one's own in the protocol of the AI SDK's gateway, the fifth of the client dialects: what the other four
get of them it gets as well."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from dragoman.engine.models import build_added, save_added
from tests.e2e.colours import COLOURS, QUESTION, build_png
from tests.e2e.gateway import Gateway, running_gateway
from tests.e2e.raw import Answered, ask
from tests.e2e.test_engine_faults import LONG, find_workers
from tests.grammars.ai_sdk_gateway import check_stream
from tests.media_files import build_video
from tests.tiny_models import MISTRAL, MISTRAL_EYE, SEER, SEER_EYE, THINKER

PATH = "/v4/ai/language-model"
CONFIG = "discover_providers: false\nlocal: {{folder: {folder}, threads: 1}}\nproviders: {{local: }}\n"
SIDES = {"seer": 32, "mistral": 112}
COW = "What does a cow say?"
THOUGHT = "The user asks about"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "name": "get_weather", "description": "Get the weather", "inputSchema": SCHEMA}
VIDEO = base64.b64encode(build_video(["red", "green", "blue"], side=32)).decode()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("models")
    rows = [
        build_added("thinker", THINKER, context_tokens=16_384),
        build_added("seer", SEER, SEER_EYE, 2048),
        build_added("mistral", MISTRAL, MISTRAL_EYE, 4096),
    ]
    save_added(folder, {row.name: row for row in rows})
    with running_gateway(tmp_path_factory.mktemp("gateway"), CONFIG.format(folder=folder)) as running:
        yield running


def build_headers(model: str, *, is_stream: bool) -> dict[str, str]:
    version = {"ai-language-model-specification-version": "4", "ai-gateway-protocol-version": "0.0.1"}
    return {**version, "ai-language-model-id": f"local/{model}", "ai-language-model-streaming": str(is_stream).lower()}


def build_body(*content: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"prompt": [{"role": "user", "content": list(content)}], "temperature": 0, **more}).encode()


def say(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def show(media_type: str, data: str) -> dict[str, Any]:
    return {"type": "file", "mediaType": media_type, "data": {"type": "data", "data": data}}


def ask_model(gateway: Gateway, model: str, body: bytes, *, is_stream: bool = False) -> Answered:
    answered = ask(gateway.url, PATH, body, build_headers(model, is_stream=is_stream))
    assert answered.status == 200, answered.body
    return answered


def collect(answered: Answered, *, is_stream: bool) -> dict[str, str]:
    """What was said, thought and called, whole or out of its deltas."""
    said = {"text": "", "reasoning": "", "call": ""}
    if not is_stream:
        for part in answered.json["content"]:
            said["call" if part["type"] == "tool-call" else part["type"]] += part.get("text") or part.get("input")
        return said
    kinds = {"text-delta": "text", "reasoning-delta": "reasoning", "tool-input-delta": "call"}
    for part in check_stream(answered.body):
        if part["type"] in kinds:
            said[kinds[part["type"]]] += part["delta"]
    return said


@pytest.mark.parametrize("model", SIDES)
def test_all_colours_are_named(gateway: Gateway, model: str) -> None:
    said = {}
    for number, colour in enumerate(COLOURS):
        is_stream = number % 2 == 0
        body = build_body(show("image/png", build_png(colour, SIDES[model])), say(QUESTION), maxOutputTokens=20)
        answered = ask_model(gateway, model, body, is_stream=is_stream)
        said[colour] = collect(answered, is_stream=is_stream)["text"].strip()
    assert said == {colour: f"The colour is {colour}." for colour in COLOURS}


def test_a_video_is_told_in_its_order(gateway: Gateway) -> None:
    answered = ask_model(gateway, "seer", build_body(show("video/mp4", VIDEO), say(QUESTION), maxOutputTokens=20))
    assert collect(answered, is_stream=False)["text"].strip() == "The colour is red green blue."
    assert answered.headers["x-dragoman-losses"] == "approximated:turns[0].parts[0]"


@pytest.mark.parametrize("is_stream", [False, True])
def test_it_thinks_and_does_not_think(gateway: Gateway, *, is_stream: bool) -> None:
    for effort, is_thinking in (("low", True), ("none", False)):
        answered = ask_model(gateway, "thinker", build_body(say(COW), reasoning=effort), is_stream=is_stream)
        said = collect(answered, is_stream=is_stream)
        assert "says" in said["text"]
        assert THOUGHT not in said["text"]
        assert (THOUGHT in said["reasoning"]) is is_thinking


@pytest.mark.parametrize("is_stream", [False, True])
def test_it_calls_a_tool_that_was_named(gateway: Gateway, *, is_stream: bool) -> None:
    choice = {"type": "tool", "toolName": "get_weather"}
    body = build_body(say("What is the weather in Rome?"), tools=[TOOL], toolChoice=choice, maxOutputTokens=200)
    answered = ask_model(gateway, "thinker", body, is_stream=is_stream)
    assert "city" in json.loads(collect(answered, is_stream=is_stream)["call"])
    assert '"unified":"tool-calls"' in answered.body.decode()


def test_a_worker_that_dies_in_the_middle_is_told_within_a_second(gateway: Gateway) -> None:
    ask_model(gateway, "thinker", build_body(say(COW), reasoning="none"))
    body = build_body(say(COW), responseFormat={"type": "json", "schema": LONG}, maxOutputTokens=8000)
    connection = HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    headers = {"content-type": "application/json", **build_headers("thinker", is_stream=True)}
    connection.request("POST", PATH, body, headers)
    with connection.getresponse() as response:
        begun = b""
        while len(begun) < 1500:
            begun += response.read1(65_536)
        os.kill(find_worker(gateway, "thinker"), signal.SIGSEGV)
        killed = time.monotonic()
        begun += response.read()
        assert time.monotonic() - killed < 1.0
    connection.close()
    assert check_stream(begun)[-1]["type"] == "error"
    assert ask_model(gateway, "thinker", build_body(say(COW), reasoning="none")).status == 200


def find_worker(gateway: Gateway, name: str) -> int:
    """The worker of a model; its command line ends with the name."""
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in find_workers(gateway)}
    (found,) = [pid for pid, line in lines.items() if line.split(b"\0")[-2] == name.encode()]
    return found

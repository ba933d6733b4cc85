"""All that the gateway does around a request at once: values kept back by a plugin in a thread, tools told as text, JSON
demanded, and a conversation cut to a small window; for every dialect of clients, streamed and not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dragoman.adapt.tools.forms import FORMS
from tests.e2e import raw
from tests.e2e.gateway import House, running_gateway, write_providers
from tests.simulator import Simulator, say

EMAIL = "ann@example.com"
FORM = "hermes"
OLD, KEPT = "The oldest word is xylophone.", "The newest word is lighthouse."
FILLING = "The interpreter stood between the merchants and told each what was said. " * 30
TOLD = f"""  told:
    {{{{dialect: openai_chat, base_url: "{{url}}/v1", api_key: any, profile: {{{{tool_form: {FORM}}}}}}}}}
"""
CONFIG = """
context: {policy: [trim_results, drop_oldest], window_tokens: 3000, reserve_output_tokens: 300}
plugins:
  - {use: redact}
  - {use: tell}
routes:
  all: told/sim-large
"""
PLUGIN = '''
import threading
from dragoman.plugins.hooks import Hooks

class Told(Hooks):
    """Looks at every event in a thread, so that the answer takes the passage and no reshape."""

    def open_hooks(self, occasion):
        return self

    def on_event(self, event):
        assert threading.current_thread() is not threading.main_thread()
        return [event]

def make(settings):
    return Told()
'''
PARAMETERS = {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]}
CALL = ("send_mail", '{"to": "[EMAIL_1]"}')


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("together")
    (folder / "a_telling_plugin.py").write_text(PLUGIN)
    information = folder / "a_telling_plugin-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Name: a-telling-plugin\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[dragoman.plugins]\ntell = a_telling_plugin:make\n")
    with Simulator() as simulator:
        config = write_providers(simulator.url, extra=CONFIG, more_providers=TOLD)
        with running_gateway(folder, config, {"PYTHONPATH": str(folder)}) as gateway:
            yield House(gateway, simulator)


def list_turns() -> list[tuple[str, str]]:
    filling = [(("user", "assistant")[number % 2], FILLING) for number in range(1, 9)]
    return [("user", OLD), *filling, ("assistant", "Yes."), ("user", f"{KEPT} Write to {EMAIL}.")]


def write_request(client: str, *, stream: bool) -> tuple[str, bytes]:
    """The same long request with a tool in each dialect."""
    path, _ = raw.address(client, "all", stream=stream)
    tool: dict[str, Any] = {"name": "send_mail", "description": "Sends."}
    turns = list_turns()
    body: dict[str, Any] = {"model": "all", "stream": stream} if client != "gemini" else {}
    messages: list[Any] = [{"role": role, "content": text} for role, text in turns]
    match client:
        case "chat":
            body |= {
                "messages": messages,
                "tools": [{"type": "function", "function": tool | {"parameters": PARAMETERS}}],
            }
        case "responses":
            function = tool | {"type": "function", "strict": False, "parameters": PARAMETERS}
            body |= {"input": messages, "tools": [function]}
        case "anthropic":
            body |= {"messages": messages, "max_tokens": 200, "tools": [tool | {"input_schema": PARAMETERS}]}
        case _:
            contents = [
                {"role": "model" if role == "assistant" else role, "parts": [{"text": text}]} for role, text in turns
            ]
            declared = [tool | {"parametersJsonSchema": PARAMETERS}]
            body |= {"contents": contents, "tools": [{"functionDeclarations": declared}]}
    return path, json.dumps(body).encode()


def read_arguments(client: str, body: bytes, *, stream: bool) -> Any:
    """The arguments of the only call in an answer."""
    lines = [line[5:] for line in body.splitlines() if line.startswith(b"data:") and b"[DONE]" not in line]
    pieces = [json.loads(line) for line in lines] if stream else [json.loads(body)]
    return json.loads("".join(text for piece in pieces for text in _find_arguments(client, piece)))


def _find_arguments(client: str, piece: Any) -> Iterator[str]:
    match client:
        case "chat":
            for choice in piece["choices"]:
                for call in choice.get("message", choice.get("delta", {})).get("tool_calls") or ():
                    yield call["function"].get("arguments", "")
        case "responses":
            if piece.get("type") == "response.function_call_arguments.delta":
                yield piece["delta"]
            yield from (item["arguments"] for item in piece.get("output", ()) if item["type"] == "function_call")
        case "anthropic":
            yield piece.get("delta", {}).get("partial_json", "")
            yield from (json.dumps(one["input"]) for one in piece.get("content", ()) if one["type"] == "tool_use")
        case _:
            for candidate in piece.get("candidates", ()):
                for part in candidate.get("content", {}).get("parts", ()):
                    if "functionCall" in part:
                        yield json.dumps(part["functionCall"]["args"])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("client", raw.PATHS)
def test_everything_is_done_at_once(client: str, stream: bool, house: House) -> None:
    house.simulator.reset()
    house.simulator.script(say(f"I write to [EMAIL_1].\n{FORMS[FORM].write_calls([CALL])}"))
    path, body = write_request(client, stream=stream)
    answered = raw.ask(house.url, path, body)
    assert answered.status == 200, answered.body
    assert read_arguments(client, answered.body, stream=stream) == {"to": EMAIL}
    if not stream:
        assert f"I write to {EMAIL}.".encode() in answered.body
    assert b"tool_call>" not in answered.body
    assert b"EMAIL_1" not in answered.body
    (record,) = house.simulator.journal
    sent = record.body.decode()
    assert EMAIL not in sent
    assert "[EMAIL_1]" in sent
    assert "tools" not in record.json
    assert "send_mail" in sent
    assert KEPT in sent
    assert OLD not in sent
    losses = answered.headers["x-dragoman-losses"]
    assert "tools" in losses
    assert "conversation" in losses
    house.check_quiet()

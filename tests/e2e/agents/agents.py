"""Coding agents as they are run without a terminal: where each is pointed, what it is told, which of its tools it gets.

Each agent starts in an empty home, so that it knows nobody but the gateway, and in a folder with one file to read.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.javascript.node import Node
from tests.simulator import ToolCall

TASK = "Read the file note.txt in this folder and tell me the word in it."
RUN_SECONDS = 150.0


class Desk(NamedTuple):
    """Where an agent works. `model` is asked for the task, `small_model` for whatever the agent wants beside it."""

    node: Node
    packages: Path
    home: Path
    folder: Path
    url: str
    model: str
    small_model: str

    def find(self, pattern: str) -> str:
        """A program among the packages, whatever the machine that its name tells."""
        found = sorted((self.packages / "node_modules").glob(pattern), key=lambda path: len(str(path)))
        assert found, f"no package holds {pattern}"
        return str(found[0])


class Start(NamedTuple):
    """How an agent is started."""

    command: list[str]
    environment: dict[str, str]


class Agent(NamedTuple):
    """One agent: how it is started, the call with which its model reads a file, and the dialect that it speaks."""

    dialect: str
    prepare: Callable[[Desk], Start]
    read_file: Callable[[Path], ToolCall]
    opens_socket: bool = False  # and asks in it


def _call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name, json.dumps(arguments))


# -- Claude Code -----------------------------------------------------------------------------------------------------


def _prepare_claude(desk: Desk) -> Start:
    command = [desk.find("@anthropic-ai/claude-code-*/claude"), "-p", TASK, "--output-format", "json"]
    environment = {
        "ANTHROPIC_BASE_URL": desk.url,
        "ANTHROPIC_API_KEY": "caller-key",
        "ANTHROPIC_MODEL": desk.model,
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": desk.small_model,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
    }
    return Start([*command, "--allowedTools", "Read", "--max-turns", "4"], environment)


# -- Codex -----------------------------------------------------------------------------------------------------------

# Its web search is run by OpenAI alone; with any other provider behind the gateway it must be switched off.
_CODEX = """
model = "{model}"
model_provider = "dragoman"
approval_policy = "never"
sandbox_mode = "danger-full-access"
web_search = "disabled"

[model_providers.dragoman]
name = "Dragoman"
base_url = "{url}/v1"
env_key = "CALLER_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
"""


def _prepare_codex(desk: Desk) -> Start:
    (desk.home / "config.toml").write_text(_CODEX.format(model=desk.model, url=desk.url))
    command = [str(desk.node.program), desk.find("@openai/codex/bin/codex.js"), "exec", "--skip-git-repo-check", TASK]
    return Start(command, {"CODEX_HOME": str(desk.home), "CALLER_KEY": "caller-key"})


def _prepare_socket_codex(desk: Desk) -> Start:
    """The same, told that the provider has WebSockets."""
    start = _prepare_codex(desk)
    with (desk.home / "config.toml").open("a") as config:
        config.write("supports_websockets = true\n")
    return start


def _prepare_plain_codex(desk: Desk) -> Start:
    """With the provider that Codex has built in, which asks over a WebSocket."""
    settings = {
        "openai_base_url": f"{desk.url}/v1",
        "model": desk.model,
        "web_search": "disabled",
        "approval_policy": "never",
        "sandbox_mode": "danger-full-access",
    }
    overrides = [word for name, value in settings.items() for word in ("-c", f'{name}="{value}"')]
    command = [str(desk.node.program), desk.find("@openai/codex/bin/codex.js"), "exec", "--skip-git-repo-check"]
    return Start([*command, *overrides, TASK], {"CODEX_HOME": str(desk.home), "OPENAI_API_KEY": "caller-key"})


# -- Gemini CLI ------------------------------------------------------------------------------------------------------


def _prepare_gemini(desk: Desk) -> Start:
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"disableAutoUpdate": True, "enableAutoUpdate": False},
    }
    (desk.home / ".gemini").mkdir()
    (desk.home / ".gemini" / "settings.json").write_text(json.dumps(settings))
    command = [str(desk.node.program), desk.find("@google/gemini-cli/bundle/gemini.js"), "-m", desk.model, "-p", TASK]
    environment = {"GOOGLE_GEMINI_BASE_URL": desk.url, "GEMINI_API_KEY": "caller-key"}
    return Start([*command, "--skip-trust", "--yolo"], environment)


# -- opencode --------------------------------------------------------------------------------------------------------


def _prepare_opencode(desk: Desk) -> Start:
    names: dict[str, dict[str, str]] = {desk.model: {}, desk.small_model: {}}
    options = {"baseURL": f"{desk.url}/v1", "apiKey": "caller-key"}
    config = {
        "autoupdate": False,
        "share": "disabled",
        "model": f"dragoman/{desk.model}",
        "small_model": f"dragoman/{desk.small_model}",
        "provider": {"dragoman": {"npm": "@ai-sdk/openai-compatible", "options": options, "models": names}},
    }
    (desk.folder / "opencode.json").write_text(json.dumps(config))
    return Start([desk.find("opencode-*/bin/opencode"), "run", TASK], {"OPENCODE_DISABLE_MODELS_FETCH": "1"})


def _read_by_shell(path: Path) -> ToolCall:
    return _call("exec_command", cmd=f"cat {path}")


AGENTS = {
    "claude-code": Agent("anthropic", _prepare_claude, lambda path: _call("Read", file_path=str(path))),
    "codex": Agent("responses", _prepare_codex, _read_by_shell),
    "codex-websocket": Agent("responses", _prepare_socket_codex, _read_by_shell, opens_socket=True),
    "codex-built-in": Agent("responses", _prepare_plain_codex, _read_by_shell, opens_socket=True),
    "gemini-cli": Agent("gemini", _prepare_gemini, lambda path: _call("read_file", file_path=str(path))),
    "opencode": Agent("chat", _prepare_opencode, lambda path: _call("read", filePath=str(path))),
}


def run_agent(agent: Agent, desk: Desk) -> subprocess.CompletedProcess[str]:
    """Start it and wait for its end; what it printed is in the result."""
    start = agent.prepare(desk)
    search = os.pathsep.join([str(desk.node.program.parent), os.environ["PATH"]])
    environment = {"PATH": search, "HOME": str(desk.home), "NO_PROXY": "*", "TERM": "dumb", **start.environment}
    running = subprocess.Popen(
        start.command,
        cwd=desk.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with running:
        try:
            stdout, stderr = running.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)  # an agent has children of its own
            stdout, stderr = running.communicate()
    return subprocess.CompletedProcess(start.command, running.returncode, stdout, stderr)

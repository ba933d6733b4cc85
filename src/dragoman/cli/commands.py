"""The commands by name, each with the line that `dragoman --help` shows."""

from __future__ import annotations

from typing import Literal

CONTEXT = {"help_option_names": ["-h", "--help"]}
"""Settings that every command of ours has."""

CommandName = Literal["serve", "check", "models", "chat", "explain", "usage", "version"]

COMMANDS: dict[CommandName, str] = {
    "serve": "Run the gateway.",
    "check": "Check the configuration and show what it leads to.",
    "models": "List the models that clients can ask for; fetch and add local ones.",
    "chat": "Ask a running gateway something.",
    "explain": "Show where a request would go, and why.",
    "usage": "Show what was consumed and what it cost.",
    "version": "Show versions of Dragoman and what it stands on.",
}

"""The commands by name, each with the line that `dragoman --help` shows."""

from __future__ import annotations

from typing import Literal

CONTEXT = {"help_option_names": ["-h", "--help"]}
"""Settings that every command of ours has."""

CommandName = Literal["serve", "check", "models", "chat", "version"]

COMMANDS: dict[CommandName, str] = {
    "serve": "Run the gateway.",
    "check": "Check the configuration and show what it leads to.",
    "models": "List the model names that clients can ask for.",
    "chat": "Ask a running gateway something.",
    "version": "Show versions of Dragoman and what it stands on.",
}

"""The commands by name, each with the line that `dragoman --help` shows."""

from __future__ import annotations

from typing import Literal

CONTEXT = {"help_option_names": ["-h", "--help"]}
"""Settings that every command of ours has."""

CommandName = Literal[
    "serve",
    "console",
    "check",
    "models",
    "finetune",
    "chat",
    "explain",
    "replay",
    "usage",
    "exchanges",
    "bodies",
    "keys",
    "teams",
    "vault",
    "version",
]

COMMANDS: dict[CommandName, str] = {
    "serve": "Run the gateway.",
    "console": "Print a link into the console of a running gateway.",
    "check": "Check the configuration and show what it leads to.",
    "models": "List models that clients can ask for; fetch and add local ones.",
    "finetune": "Teach a local model from example conversations.",
    "chat": "Ask a running gateway something.",
    "explain": "Show where a request would go, and why.",
    "replay": "Try other routes out on what was recorded.",
    "usage": "Show what was consumed and what it cost; reckon it anew.",
    "exchanges": "List single exchanges, and show one with its attempts and costs.",
    "bodies": "Show or remove what was kept of what was said.",
    "keys": "See to virtual keys: what they may use, spend, and until when.",
    "teams": "See to teams: what their keys together may use and spend.",
    "vault": "See to keys of providers that the gateway itself keeps, sealed.",
    "version": "Show versions of Dragoman and what it stands on.",
}

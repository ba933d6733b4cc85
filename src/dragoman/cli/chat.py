"""`dragoman chat`: one question to a running gateway, answered as it is written."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TextIO

import click

from dragoman.cli.commands import CONTEXT
from dragoman.cli.gateway import Gateway
from dragoman.config.environment import read_environment
from dragoman.errors import DragomanError, Kind

DEFAULT_PORT = "8642"

CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\n"), ord("\t")})
"""What a model could write to move the cursor or retitle the window; taken out where a terminal would obey it."""


@click.command(context_settings=CONTEXT)
@click.argument("question", required=False)
@click.option("-m", "--model", help="Model to ask; the first one that the gateway lists if left out.")
@click.option("--url", help="Where the gateway is; http://127.0.0.1:8642 if nothing else is said.")
def chat(question: str | None, model: str | None, url: str | None) -> int:
    """Ask a running gateway something and print the answer as it comes.

    Without QUESTION, or with "-", it is read from standard input. DRAGOMAN_URL names the gateway, DRAGOMAN_API_KEY is
    shown to it.
    """
    environment = read_environment()
    text = question if question not in {None, "-"} else _read_question()
    if not text:
        raise click.UsageError('There is no question. Try: dragoman chat "Hello!"')
    gateway = Gateway(url or select_url(environment), select_key(environment))
    for piece in gateway.stream_answer(model or select_model(gateway), text):
        write_piece(piece, sys.stdout)
    click.echo()
    return 0


def write_piece(piece: str, stream: TextIO) -> None:
    """Show a piece of an answer at once."""
    stream.write(piece.translate(CONTROLS) if stream.isatty() else piece)
    stream.flush()


def _read_question() -> str:
    """All of standard input; nothing where that is a person who does not know that we wait."""
    return "" if sys.stdin.isatty() else sys.stdin.read().strip()


def select_url(environment: Mapping[str, str]) -> str:
    """DRAGOMAN_URL, else this machine and the port that `serve` would take from the same environment."""
    return environment.get("DRAGOMAN_URL") or f"http://127.0.0.1:{environment.get('DRAGOMAN_PORT') or DEFAULT_PORT}"


def select_key(environment: Mapping[str, str]) -> str:
    """The first of the keys with which a gateway in the same environment would be started."""
    keys = environment.get("DRAGOMAN_API_KEY") or environment.get("DRAGOMAN_API_KEYS") or ""
    return keys.partition(",")[0].strip()


def select_model(gateway: Gateway) -> str:
    """The first model that the gateway lists."""
    names = gateway.list_models()
    if not names:
        message = "The gateway lists no model. Name one with -m provider/model, or see dragoman check."
        raise DragomanError(Kind.NOT_FOUND, message, blame="gateway")
    return names[0]

"""`dragoman models run` and `ps`: talk with a local model without a gateway, and see the workers that run."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
import msgspec

from dragoman.bootstrap.conversation import LocalTalk, open_talk
from dragoman.bootstrap.settings import read_settings
from dragoman.cli.chat import write_piece
from dragoman.cli.commands import CONTEXT
from dragoman.cli.local_models import ensure_model, strip_provider
from dragoman.cli.options import config_option
from dragoman.config.environment import read_environment
from dragoman.config.load import select_config_path
from dragoman.config.sections.local import LOCAL_PROVIDER
from dragoman.engine.workers import list_workers

PROMPT = "> "


@click.command("run", context_settings=CONTEXT)
@config_option
@click.argument("name")
@click.argument("question", required=False)
def run_model(config: Path | None, name: str, question: str | None) -> int:
    """Talk with a local model; it is fetched first if it is not here. No gateway is needed.

    With QUESTION one answer is printed; without, every line of standard input is a turn of one conversation.
    """
    environment = read_environment()
    settings = read_settings(select_config_path(config, environment), environment)
    model = ensure_model(settings, environment, strip_provider(name))

    async def talk() -> None:
        async with open_talk(model, settings, environment) as conversation:
            if question is not None:
                await _print_answer(conversation, question)
            else:
                await _take_turns(conversation)

    asyncio.run(talk())
    return 0


async def _take_turns(conversation: LocalTalk) -> None:
    is_person = sys.stdin.isatty()
    while True:
        if is_person:
            click.echo(PROMPT, nl=False)
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            return
        if line.strip():
            await _print_answer(conversation, line.strip())


async def _print_answer(conversation: LocalTalk, question: str) -> None:
    async for piece in conversation.ask(question):
        write_piece(piece, sys.stdout)
    click.echo()


@click.command(context_settings=CONTEXT)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of lines.")
def ps(*, as_json: bool) -> int:
    """List the workers of local models that run on this machine under your name, whichever gateway they belong to."""
    workers = list_workers()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(workers), indent=2))
        return 0
    for worker in workers:
        memory = f"{worker.resident_bytes >> 20} MiB"
        click.echo(f"{LOCAL_PROVIDER}/{worker.name:<24} pid {worker.pid}, gateway {worker.gateway_pid}, {memory}")
    if not workers:
        click.echo("No local model is loaded.", err=True)
    return 0

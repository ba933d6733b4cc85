"""`dragoman explain`: where a request would go, and why; nobody is called."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import read_settings
from dragoman.cli.commands import CONTEXT
from dragoman.cli.options import config_option
from dragoman.clock import SystemClock
from dragoman.config.environment import read_environment
from dragoman.config.load import select_config_path
from dragoman.dialects.registry import DIALECTS
from dragoman.routing.explain import Candidate, KeyView
from dragoman.service.exchange import Inbound
from dragoman.service.explain import Explanation, explain_request
from dragoman.wire.json_document import encode_json

CLIENT_DIALECTS = [name for name, dialect in DIALECTS.items() if dialect.client is not None]
MAX_BODY_BYTES = 64 * 1024 * 1024


@click.command(context_settings=CONTEXT)
@config_option
@click.option("-m", "--model", default="", help="Model to ask for; the one that the body names if left out.")
@click.option("-b", "--body", type=click.File("rb"), help="File with a request's body; - for standard input.")
@click.option("-d", "--dialect", type=click.Choice(CLIENT_DIALECTS), default=CLIENT_DIALECTS[0], show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of lines.")
def explain(config: Path | None, model: str, body: BinaryIO | None, dialect: str, *, as_json: bool) -> int:
    """Show where a request would go and why: its candidates in order, their keys, and who would be skipped.

    Nobody is called. What a running gateway has learnt of its keys is not known here.
    """
    if not model and body is None:
        raise click.UsageError("Name a model with -m, or give a request's body with -b.")
    environment = read_environment()
    switchboard = build_switchboard(read_settings(select_config_path(config, environment), environment))
    client = DIALECTS[dialect].client
    if client is None:
        raise AssertionError("only dialects of clients are offered")
    content = body.read(MAX_BODY_BYTES) if body is not None else encode_json({"model": model})
    inbound = Inbound(client, content, path_model=model or None, path_stream=False)
    explanation = explain_request(switchboard, inbound, model, SystemClock.monotonic())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(explanation), indent=2))
    else:
        click.echo("\n".join(describe(explanation)))
    return 0 if any(not candidate.skipped for candidate in explanation.candidates) else 1


def describe(explanation: Explanation) -> list[str]:
    """The explanation as lines for people."""
    head = f"{explanation.model}: {explanation.policy}, asked in {explanation.dialect}"
    notes = [f"about {explanation.tokens} tokens"] if explanation.tokens else []
    notes += [f"needs {', '.join(explanation.needs)}"] if explanation.needs else []
    lines = [f"{head}; {', '.join(notes)}" if notes else head]
    for number, candidate in enumerate(explanation.candidates, 1):
        lines.append(f"  {number}. {describe_candidate(candidate)}")
        if len(candidate.keys) > 1:
            lines += [f"       {describe_key(key)}" for key in candidate.keys]
    for kind, targets in explanation.fallback.items():
        lines.append(f"  after {kind}: {' → '.join(targets)}")
    if explanation.hedge_after_seconds is not None:
        lines.append(f"  a second one beside the first after {explanation.hedge_after_seconds:g} s without a word")
    if explanation.continuing is not None:
        able = ", ".join(explanation.continuing) or "nobody: no target's profile says how (`continuation`)"
        lines.append(f"  a stream that breaks off is gone on with by {able}")
    if explanation.mirror:
        lines.append(f"  shown to {explanation.mirror} as well, afterwards")
    return [*lines, f"  at most {explanation.max_attempts} attempts"]


def describe_candidate(candidate: Candidate) -> str:
    """One target in a line."""
    way = "bytes through" if candidate.is_passed_through else f"translated to {candidate.dialect}"
    skipped = f", skipped: {candidate.skipped}" if candidate.skipped else ""
    return f"{candidate.target} ({way}){skipped}"


def describe_key(key: KeyView) -> str:
    """One key in a line."""
    home = ", where this conversation belongs" if key.is_home else ""
    if not key.rest:
        return f"{key.name}: ready{home}"
    seconds = f" for {key.seconds:.0f} s" if key.seconds is not None else ""
    return f"{key.name}: {key.rest.replace('_', ' ')}{seconds}{home}"

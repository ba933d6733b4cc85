"""What every vector becomes in every other dialect, kept in files, so that a change of fidelity is a change one sees.

`snapshots/<source>.<target>.json`: for each vector the request as it was sent and the answer as it was given, with
their losses; of a stream only the losses, for `test_streams` compares what it tells. One vector, one line.
Written by `python -m tests.matrix.write --rewrite`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dragoman.model.loss import Loss
from tests.matrix.crossing import Crossing, Form, cross, list_crossable

FOLDER = Path(__file__).parent / "snapshots"

REPEATED = frozenset(
    """background frequency_penalty instructions max_output_tokens max_tool_calls metadata parallel_tool_calls
    presence_penalty previous_response_id prompt_cache_key reasoning safety_identifier store temperature text tool_choice
    tools top_logprobs top_p truncation user""".split()
)
"""What an answer of Responses repeats of its request: the same in all of them, so it is not kept."""

Snapshot = dict[Form, dict[str, Any]]


def take_snapshot(source: str, target: str) -> Snapshot:
    """All crossings from one dialect into another."""
    forms: tuple[Form, ...] = ("request", "response", "stream")
    return {
        form: {
            vector.name: _describe(cross(vector, form, target), form) for vector in list_crossable(source, target, form)
        }
        for form in forms
    }


def write_text(snapshot: Snapshot) -> str:
    """The file's text."""
    sections = []
    for form, entries in snapshot.items():
        lines = [f"{json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in entries.items()]
        sections.append(f'"{form}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def path_of(source: str, target: str) -> Path:
    return FOLDER / f"{source}.{target}.json"


def describe_loss(loss: Loss) -> str:
    """A loss on one line."""
    return f"{loss.code} {loss.path}" + (f": {loss.detail}" if loss.detail else "")


def _describe(crossing: Crossing, form: Form) -> dict[str, Any]:
    if crossing.refusal is not None:
        return {"refused": str(crossing.refusal)}
    told: dict[str, Any] = {}
    if form != "stream":
        told["wire"] = {name: value for name, value in json.loads(crossing.wire).items() if _is_kept(name, form)}
    told["losses"] = [describe_loss(loss) for loss in crossing.losses]
    return told


def _is_kept(name: str, form: Form) -> bool:
    return form == "request" or name not in REPEATED

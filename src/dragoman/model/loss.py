"""What a translation could not carry. Counted, logged, shown, returned in a header, refused under strict."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

LossCode = Literal["dropped", "approximated", "moved", "stripped_token", "renamed", "schema", "defaulted", "emulated"]

LOSS_WORDS: dict[LossCode, str] = {
    "dropped": "Left out: the target has no place for it.",
    "approximated": "Said in the target's nearest words.",
    "moved": "Carried, but in another place, as an image out of a tool's result.",
    "stripped_token": "A signature or encrypted reasoning that only the one who made it can read was taken out.",
    "renamed": "An id or a name was changed, since the target's rules do not allow it.",
    "schema": "A keyword of a JSON schema that the target does not take was taken out.",
    "defaulted": "A value was filled in that the target demands and the caller did not give.",
    "emulated": "Done by the gateway, since the target cannot do it by itself.",
}
"""What each code means."""


class Loss(msgspec.Struct, frozen=True, gc=False):
    """One thing that changed its meaning on the way. `path` is in the caller's own terms: `messages[2].content[0]`."""

    code: LossCode
    path: str
    detail: str = ""


_OWN_SPEED = "how fast the provider's own servers were"
_OWN_BOOKS = "a number in the provider's own books"

SILENT: dict[str, dict[str, str]] = {
    "openai_chat": {
        "system_fingerprint": "which build of the servers answered; comparable only with another one of the same maker",
        "index": "the place of a tool call in its list, which the list tells as well",
        "x_groq": _OWN_BOOKS,
        "timings": _OWN_SPEED,
        "time_info": _OWN_SPEED,
        "latency_checkpoint": _OWN_SPEED,
        "sla_metrics": _OWN_SPEED,
    },
    "openai_responses": {"billing": "that the account pays which the key belongs to"},
    "anthropic_messages": {"amazon-bedrock-invocationMetrics": _OWN_SPEED},
    "bedrock_converse": {"metrics": _OWN_SPEED},
    "gemini_generate": {"createTime": "the provider's own clock; an answer has its date"},
}
"""Fields of answers, by dialect, that mean nothing to a client of another one, and why. Leaving them out is no loss: they
come with nearly every answer, and would hide the losses that matter. No field of a request may have such a name."""

_NOTES = frozenset({"_form", "minted", "_input", "_instructions", "_listed", "_untyped"})
"""Notes that nearly every request has, so that the usual one is told by a single look."""
_QUIET = {dialect: _NOTES.union(fields) for dialect, fields in SILENT.items()}


def list_foreign_fields(extras: dict[str, dict[str, Any]], own: str) -> list[str]:
    """`dialect.name` of every field that dialects other than our own have put by and whose absence could be noticed.
    What begins with `_` and `minted` are notes of a parser, not parts of the wire."""
    foreign: list[str] = []
    for dialect, fields in extras.items():
        if dialect != own:
            quiet = _QUIET.get(dialect, _NOTES)
            if not quiet.issuperset(fields):
                foreign += [f"{dialect}.{name}" for name in fields if not (name in quiet or name.startswith("_"))]
    return foreign

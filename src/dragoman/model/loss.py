"""What a translation could not carry. Counted, logged, shown, returned in a header, refused under strict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

LossCode = Literal[
    "dropped",  # left out: the target has no place for it
    "approximated",  # said in the target's nearest words
    "moved",  # carried, but in another place (an image out of a tool result)
    "stripped_token",  # a signature or encrypted reasoning that only its minter can read
    "renamed",  # an id or name that the target's rules do not allow
    "schema",  # a JSON schema keyword that the target does not take
    "defaulted",  # the target demands a value that the caller did not give
    "emulated",  # done by the gateway, since the target cannot do it by itself
]


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


def list_foreign_fields(extras: dict[str, dict[str, Any]], own: str) -> Iterator[str]:
    """`dialect.name` of every field that dialects other than our own have put by and whose absence could be noticed.
    What begins with `_` and `minted` are notes of a parser, not parts of the wire."""
    for dialect, fields in extras.items():
        if dialect != own:
            silent = SILENT.get(dialect, ())
            for name in fields:
                if not (name in silent or name == "minted" or name.startswith("_")):
                    yield f"{dialect}.{name}"

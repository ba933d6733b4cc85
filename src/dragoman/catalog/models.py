"""What is known of models by their names, and the profile that a target gets from it.

Theory of operation: names are made comparable first, because every provider writes the same model a little differently
(`anthropic/claude-opus-4.6`, `us.anthropic.claude-opus-4-6-v1:0`, `claude-opus-4-6@20260205`). Then every pattern of
`models.toml` that fits is applied, shorter ones first. A profile is the model's facts, under the ways of the provider,
under what the operator says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from dragoman.catalog.providers import ProviderRow
from dragoman.model.profile import DEFAULT_BUDGETS, DEFAULT_PROFILE, Profile

MODELS_PATH = Path(__file__).with_name("models.toml")

_MAKER = re.compile(
    r"^(?:[a-z0-9-]+\.)*(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshotai?|openai|qwen|zai)\."
)
_AFTER_NAME = re.compile(r"[:@\[].*")


class ModelFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one pattern, or all that fit together, say of a model. None: not known."""

    context_window: int | None = None
    max_output_tokens: int | None = None
    media: frozenset[str] | None = None
    profile: dict[str, Any] = {}


NOTHING_KNOWN = ModelFacts()


def comparable_name(model: str) -> str:
    """The name without what providers put around it: `us.anthropic.claude-opus-4-6-v1:0` is `claude-opus-4-6-v1`."""
    name = _AFTER_NAME.sub("", model.lower().rpartition("/")[2])
    return _MAKER.sub("", name).replace(".", "-")


@cache
def load_models() -> tuple[tuple[str, ModelFacts], ...]:
    """All patterns with their facts, shorter patterns first."""
    tables = tomllib.loads(MODELS_PATH.read_text(encoding="utf-8"))["models"]
    pairs = []
    for table in tables:
        facts = msgspec.convert({name: value for name, value in table.items() if name != "match"}, ModelFacts)
        pairs += [(pattern, facts) for pattern in table["match"]]
    return tuple(sorted(pairs, key=lambda pair: len(pair[0])))


def find_facts(model: str) -> ModelFacts:
    """All that is known of a model; longer patterns have the last word."""
    name = comparable_name(model)
    found = NOTHING_KNOWN
    for pattern, facts in load_models():
        if fnmatchcase(name, pattern):
            said = {field: value for field, value in msgspec.structs.asdict(facts).items() if value is not None}
            found = msgspec.structs.replace(found, **{**said, "profile": found.profile | facts.profile})
    return found


def build_profile(row: ProviderRow | None, model: str, overrides: Mapping[str, Any]) -> Profile:
    """How to speak to this model at this provider. `overrides` has fields of `Profile`."""
    facts = find_facts(model)
    known: dict[str, Any] = {
        "max_output_tokens": facts.max_output_tokens,
        "context_window": facts.context_window,
        **facts.profile,
    }
    if facts.media is not None:
        known["media"] = facts.media
    fields = {**known, **(row.profile if row else {}), **overrides}
    if "effort_budgets" in fields:
        fields["effort_budgets"] = {**DEFAULT_BUDGETS, **fields["effort_budgets"]}
    # Converting gives every value its type; only what is said replaces what holds otherwise.
    typed = msgspec.convert(fields, Profile)
    return msgspec.structs.replace(DEFAULT_PROFILE, **{name: getattr(typed, name) for name in fields})

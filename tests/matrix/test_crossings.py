"""Every vector is taken over into every other dialect and read there again: nothing is lost silently.

Each difference between what was said and what was understood must be told by a loss, or be a form that `level_*` and
`joining` declare to be equal.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest

from dragoman.errors import Kind
from tests.matrix.crossing import (
    MODEL,
    PAIRS,
    PROVIDERS,
    Crossing,
    Form,
    client_of,
    cross,
    cross_request,
    list_crossable,
    list_vectors,
)
from tests.matrix.explain import list_unexplained

FORMS: tuple[Form, ...] = get_args(Form)

FAILURES = {
    (
        "bedrock_converse",
        "malformed-tool-use",
        "openai_responses",
    ): "an answer that ended as failed is told as such",
    (
        "gemini_generate",
        "malformed-function-call",
        "openai_responses",
    ): "an answer that ended as failed is told as such",
}
"""Answers that a client of the other dialect reads as a failure, and why that is right."""

SHARE_THAT_BITES = 0.85
"""How many of all losses must each be needed to explain something. The others
tell more closely what another loss tells."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_difference_is_told_by_a_loss(source: str, target: str, form: Form) -> None:
    unexplained = {}
    for vector in list_crossable(source, target, form):
        crossing = cross(vector, form, target)
        if words := list_unexplained(crossing):
            unexplained[vector.name] = words
        assert (crossing.failure is not None) == ((source, vector.name, target) in FAILURES), f"{vector} → {target}"
    assert unexplained == {}


@pytest.mark.parametrize("target", PROVIDERS)
def test_nothing_is_lost_from_clients_whose_dialect_no_provider_speaks(target: str) -> None:
    unexplained = {}
    for vector in list_vectors("ai_sdk_gateway", "request"):
        client = client_of(vector.dialect)
        request = client.parse_request(client.open_envelope(vector.request or b"", MODEL, None))
        if words := list_unexplained(cross_request(request, vector.dialect, target)):
            unexplained[vector.name] = words
    assert unexplained == {}


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_only_what_must_not_be_left_out_is_refused(source: str, target: str) -> None:
    for vector in list_vectors(source, "request"):
        refusal = cross(vector, "request", target).refusal
        if refusal is not None:
            assert (refusal.kind, refusal.blame, refusal.status) == (Kind.UNSUPPORTED, "client", 400), repr(vector)
            assert refusal.path, f"{vector} → {target}: the refusal does not say where"
            assert refusal.message.endswith("."), f"{vector} → {target}: {refusal.message}"


@pytest.mark.parametrize("form", FORMS)
def test_a_loss_that_is_kept_silent_is_noticed(form: Form) -> None:
    total, noticed = 0, 0
    silent: Counter[str] = Counter()
    for source, target in PAIRS:
        for vector in list_crossable(source, target, form):
            crossing = cross(vector, form, target)
            for loss in set(crossing.losses) if crossing.after is not None else ():
                if loss.path.startswith("events."):
                    continue  # a provider's own events, which no client of another dialect could have seen
                total += 1
                if is_noticed(crossing, loss.path):
                    noticed += 1
                else:
                    silent[f"{source} → {target}: {loss.code} {loss.path}"] += 1
    print(f"{form}: {noticed} of {total} losses would be missed if they were not told")
    assert noticed / total >= SHARE_THAT_BITES, silent.most_common()


def is_noticed(crossing: Crossing, path: str) -> bool:
    """Whether the crossing is unexplained without its losses at this path."""
    return bool(list_unexplained(replace(crossing, losses=[loss for loss in crossing.losses if loss.path != path])))

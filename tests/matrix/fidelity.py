"""Judges, for each feature and each pair of dialects, what of it arrives: by the crossings, never by opinion.

A side of a feature is carried if all of its facts arrive, carried with a loss if some do not, and not carried if the
feature itself does not arrive or the request is refused. There is none where nobody can say it in the first place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from dragoman.model.loss import Loss
from dragoman.model.response import Response
from dragoman.model.stream import ToolCallDelta
from tests.matrix.crossing import Crossing, cross, list_vectors, read_stream
from tests.matrix.errors import cross_error, list_errors
from tests.matrix.explain import Explainer, outside_of_results, read_facts
from tests.matrix.facts import Fact, list_facts
from tests.matrix.features import ABSENT, ERRORS, SIGNATURES, Feature, Side

Mark = Literal["yes", "loss", "no", "none"]

VERBS = {
    "dropped": "left out",
    "approximated": "approximated",
    "moved": "moved",
    "stripped_token": "left out",
    "renamed": "renamed",
    "schema": "simplified",
    "defaulted": "given a default",
}

_MOST_REASONS = 3


@dataclass(frozen=True)
class Verdict:
    """What becomes of a feature on the way, and why not all of it arrives."""

    mark: Mark
    reasons: tuple[str, ...] = ()


CARRIED = Verdict("yes")


@cache
def judge(feature: Feature, client: str, provider: str) -> Verdict:
    """The cell of a client's dialect and a provider's. What a client cannot ask for does not matter in answers."""
    if feature is ERRORS:
        return _judge_errors(client, provider)
    if feature.sides[0].form == "request" and (reason := ABSENT.get((feature.name, "request", client))):
        return Verdict("none", (f"clients cannot say it: {reason}",))
    return _sum_up(_judge_side(feature, side, client, provider) for side in feature.sides)


def _sum_up(verdicts: Iterable[Verdict]) -> Verdict:
    """What verdicts agree on, and a loss where they differ. A side that does not exist does not count."""
    every = list(verdicts)
    given = [verdict for verdict in every if verdict.mark != "none"] or every
    marks = {verdict.mark for verdict in given}
    reasons = list(dict.fromkeys(reason for verdict in given for reason in verdict.reasons))
    if len(reasons) > _MOST_REASONS:
        reasons[_MOST_REASONS:] = [f"and {len(reasons) - _MOST_REASONS} more of the kind"]
    return Verdict(marks.pop() if len(marks) == 1 else "loss", tuple(reasons))


def _judge_side(feature: Feature, side: Side, client: str, provider: str) -> Verdict:
    """One side: requests go from the client to the provider, answers and streams the other way."""
    source, target = (client, provider) if side.form == "request" else (provider, client)
    if reason := ABSENT.get((feature.name, side.form, source)):
        return Verdict("none", (f"providers never say it: {reason}",))
    verdicts = []
    for vector in list_vectors(source, side.form):
        if vector.name in side.vectors:
            crossing = cross(vector, side.form, target, keeps_tokens=feature is SIGNATURES)
            if shows(crossing, side):
                verdicts.append(_judge_crossing(crossing, side))
    assert verdicts, f"{feature.name}: no vector of {source} shows it, and `ABSENT` does not say why"
    return _sum_up(verdicts)


def shows(crossing: Crossing, side: Side) -> bool:
    """Whether the feature is in the vector at all."""
    return any(side.is_about(fact.topic) for fact in list_facts(crossing.before))


def _judge_crossing(crossing: Crossing, side: Side) -> Verdict:
    if crossing.refusal is not None:
        return Verdict("no", (f"refused: {crossing.refusal.message}",))
    if side.topics == ("usage",):
        return _judge_usage(crossing)
    if side.form == "stream" and side.is_core("candidates.tool_call") and _is_one_piece(crossing):
        return Verdict("loss", ("arguments arrive in one piece",))
    explainer = Explainer(crossing)
    facts = [fact for fact in read_facts(crossing.before, crossing.target) if side.is_about(fact.topic)]
    arrived = _list_meanings(crossing)
    reasons: dict[str, None] = {}
    for fact in facts:
        has_arrived = outside_of_results(fact.meaning) in arrived
        for loss in explainer.list_about(fact):
            if not has_arrived or loss.code in {"moved", "approximated"}:
                reasons[describe(loss)] = None
    if not reasons:
        return CARRIED
    core = [fact for fact in facts if side.is_core(fact.topic)] or facts
    is_there = any(outside_of_results(fact.meaning) in arrived or _is_bent(fact, explainer) for fact in core)
    return Verdict("loss" if is_there else "no", tuple(reasons))


def _list_meanings(crossing: Crossing) -> set[tuple[str, str]]:
    if crossing.after is None:
        return set()
    return {outside_of_results(fact.meaning) for fact in read_facts(crossing.after, crossing.target)}


def _is_bent(fact: Fact, explainer: Explainer) -> bool:
    """Whether it arrives in other words."""
    return any(loss.code in {"moved", "approximated"} for loss in explainer.list_about(fact))


def _is_one_piece(crossing: Crossing) -> bool:
    """Whether arguments that came in pieces go out whole."""
    events = read_stream(crossing.target, crossing.wire)
    pieces = sum(isinstance(event, ToolCallDelta) for event in events)
    calls = sum(fact.topic == "candidates.tool_call" for fact in list_facts(crossing.before))
    return crossing.source != "gemini_generate" and pieces <= calls


def _judge_usage(crossing: Crossing) -> Verdict:
    """Tokens may be counted in another class: the sums stay right."""
    assert isinstance(crossing.before, Response)
    assert isinstance(crossing.after, Response)
    told = {fact.meaning for fact in list_facts(crossing.after)}
    cached = [fact for fact in list_facts(crossing.before) if fact.topic.startswith("usage.cache")]
    moved = [fact.topic.removeprefix("usage.").replace("_", " ") for fact in cached if fact.meaning not in told]
    return Verdict("loss", (f"{', '.join(moved)}: counted in another class",)) if moved else CARRIED


def _judge_errors(client: str, provider: str) -> Verdict:
    """Kinds of errors that are taken for others."""
    crossings = [cross_error(vector, client) for vector in list_errors(provider, streamed=False)]
    mistaken = [
        f"{crossing.before.kind.replace('_', ' ')} is understood as {crossing.after.kind.replace('_', ' ')}"
        for crossing in crossings
        if crossing.before.kind != crossing.after.kind
    ]
    return Verdict("loss", tuple(dict.fromkeys(mistaken))) if mistaken else CARRIED


def describe(loss: Loss) -> str:
    """A loss in the words of the table: what, what became of it, why."""
    path = re.sub(r"^(turns|candidates)\[\d+\]\.?", "", re.sub(r"parts\[\d+\]\.?", "", loss.path))
    thing = re.sub(r"\[\d+\]", "", path).strip(".").replace("_", " ")
    thing = "token" if loss.code == "stripped_token" else thing
    return f"{thing} {VERBS[loss.code]}".strip() + (f": {loss.detail.rstrip('.')}" if loss.detail else "")

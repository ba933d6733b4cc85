"""Derives what each family of models makes of a request's amounts, and writes it to `adapt/counting/weights.json`.

    DRAGOMAN_CORPUS=exchanges.jsonl.gz python -m tools.calibrate          # families, from recorded requests
    … uv run --with bpe-openai,mistral-common,django python -m tools.calibrate vocabularies

The second form measures anew what a piece of text costs in three public vocabularies, on the recorded texts and on the
translations that Django ships. Only numbers are kept. Both print how far off the estimates are.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from zlib import crc32

import msgspec

from dragoman.adapt.counting.features import Vocabulary, measure_frame, measure_turn
from dragoman.adapt.counting.ruler import Ruler
from dragoman.adapt.counting.weights import WEIGHTS_PATH, Family, WeightsFile, find_family, load_weights
from dragoman.model.content import ToolCall
from dragoman.model.request import Request
from tools.least_squares import Belief, fit, predict
from tools.recorded import Recorded, read_recorded
from tools.vocabularies import measure_vocabularies

NOTICE = (
    "Derived by tools/calibrate.py from recorded requests and from the sizes that public vocabularies (o200k_base, "
    "cl100k_base, tekken) give to texts. Vocabularies: tokens a piece, in the order of counting/pieces.py. Families: "
    "tokens for one of each amount of counting/features.py."
)

POOL = frozenset({"deepseek", "glm", "kimi", "llama", "other", "qwen"})
"""Families whose requests together tell how one is likely to count of which nothing is known."""

PLAN: dict[str, tuple[str, str]] = {
    "other": ("o200k", ""),
    "gpt": ("o200k", "other"),
    "gpt_5": ("o200k", "gpt"),
    "gpt_4": ("cl100k", "gpt"),
    "gpt_oss": ("o200k", "gpt"),
    "claude": ("o200k", "other"),
    "claude_4": ("o200k", "claude"),
    "claude_5": ("o200k", "claude"),
    "gemini": ("o200k", "other"),
    "gemini_2_0": ("o200k", "gemini"),
    "gemini_3": ("o200k", "gemini"),
    "mistral": ("tekken", "other"),
    "deepseek": ("o200k", "other"),
    "glm": ("o200k", "other"),
    "grok": ("o200k", "other"),
    "kimi": ("o200k", "other"),
    "llama": ("o200k", "other"),
    "llama_4": ("o200k", "llama"),
    "qwen": ("o200k", "other"),
}
"""Each family's vocabulary, and the family that it is like where its own requests say nothing."""

TEXT = frozenset({"words", "marks", "other_scripts"})
FIRMNESS = 6.0
"""Of families that are served by many, each with words of its own before a request, which would pass for text."""

FIRST_BELIEFS: dict[str, float] = {
    **dict.fromkeys(("words", "marks", "other_scripts", "number_groups", "spaced_numbers"), 1.0),
    **dict.fromkeys(("request", "turn_user", "turn_assistant", "turn_system", "turn_tool"), 3.0),
    **dict.fromkeys(("calls", "results", "tools"), 8.0),
    **dict.fromkeys(("tool_text", "tool_names", "output_json"), 1.0),
    "tool_json": 0.7,
    "has_tools": 50.0,
    "tool_properties": 2.0,
}

STRENGTHS: dict[str, float] = {
    **dict.fromkeys(TEXT, 1.0),
    **dict.fromkeys(("number_groups", "digits", "spaced_numbers"), 0.1),
    **dict.fromkeys(("tool_text", "tool_names", "tool_json", "output_json", "thoughts", "hidden_thoughts"), 0.03),
    **dict.fromkeys(("has_tools", "has_idle_tools", "tools_alone", "thinks", "must_call", "output_format"), 0.0007),
}
STRENGTH = 0.003

HUNCHES: dict[str, dict[str, float]] = {"claude_5": {"words": 1.3, "marks": 1.3, "other_scripts": 1.2}}
"""What is believed of a family besides: its maker says that its vocabulary makes up to a third more of a text."""

FOLDS = 5

Amounts = dict[str, float]
Measured = tuple[Recorded, Amounts]


def main(arguments: Sequence[str]) -> int:
    """Write the file anew."""
    path = Path(os.environ["DRAGOMAN_CORPUS"])
    measures_vocabularies = list(arguments) == ["vocabularies"]
    vocabularies = measure_vocabularies(path) if measures_vocabularies else load_weights().vocabularies
    recorded = list(read_recorded(path))
    families = fit_families(recorded, vocabularies)
    write_file(WeightsFile(NOTICE, vocabularies, families))
    report(recorded, families, vocabularies)
    return 0


def measure(request: Request, vocabulary: Vocabulary) -> Amounts:
    """All amounts of a whole request."""
    amounts = measure_frame(request, vocabulary)
    for turn in request.turns:
        for name, amount in measure_turn(turn, vocabulary).items():
            amounts[name] += amount
    return amounts


# -- fitting ---------------------------------------------------------------------------------------------------------


def fit_families(recorded: list[Recorded], vocabularies: dict[str, Vocabulary]) -> dict[str, Family]:
    """All families, those first that others are like. Prints how far off each is on requests that it was not fitted on."""
    gathered: dict[str, list[Recorded]] = defaultdict(list)
    for one in recorded:
        if one.is_whole:
            gathered[find_family(one.model)].append(one)
    gathered["other"] = [one for name in POOL for one in gathered[name]]
    weights: dict[str, dict[str, float]] = {"": FIRST_BELIEFS}
    for name, (vocabulary, parent) in PLAN.items():
        measured = [(one, measure(one.request, vocabularies[vocabulary])) for one in gathered[name]]
        beliefs = weights[parent] | HUNCHES.get(name, {})
        firmness = FIRMNESS if name in POOL else 1.0
        held_out = [error for fold in range(FOLDS) for error in _try_fold(measured, beliefs, firmness, fold)]
        print(f"{name:12} {len(measured):4} requests, fitted on the others: {_describe(held_out)}")
        weights[name] = fit_family(measured, beliefs, firmness)
        weights[name] |= fit_answers(gathered_answers(recorded, name), weights[name], vocabularies[vocabulary])
    return {name: Family(PLAN[name][0], weights[name]) for name in PLAN}


def gathered_answers(recorded: list[Recorded], family: str) -> list[Recorded]:
    """Answers of a family whose tokens are known."""
    members = POOL if family == "other" else {family}
    return [one for one in recorded if one.output and find_family(one.model) in members]


def fit_answers(answered: list[Recorded], weights: Amounts, vocabulary: Vocabulary) -> dict[str, float]:
    """What an answer costs beside its text, and each call in it: medians, since many providers count thoughts in."""
    ruler = Ruler(
        "", Family("", {name: weights[name] for name in weights if not name.startswith("answer")}), vocabulary
    )
    texts = [one.output - ruler.count_answer(one.answer) for one in answered if not _count_calls(one)]
    base = max(0.0, median(texts)) if texts else weights.get("answers", 0.0)
    called = [one for one in answered if _count_calls(one)]
    calls = [(one.output - ruler.count_answer(one.answer) - base) / _count_calls(one) for one in called]
    each = max(0.0, median(calls)) if calls else weights.get("answer_calls", 0.0)
    return {"answers": round(float(base), 3), "answer_calls": round(float(each), 3)}


def _count_calls(one: Recorded) -> int:
    return sum(isinstance(part, ToolCall) for part in one.answer)


def fit_family(measured: list[Measured], parent: Amounts, firmness: float) -> dict[str, float]:
    """Tokens for one of each amount. The firmer, the more text costs what its vocabulary says."""
    names = sorted({name for _, amounts in measured for name, amount in amounts.items() if amount} | parent.keys())
    beliefs = [
        Belief(parent.get(name, 0.0), STRENGTHS.get(name, STRENGTH) * (firmness if name in TEXT else 1.0))
        for name in names
    ]
    rows = [[amounts.get(name, 0.0) for name in names] for _, amounts in measured]
    found = fit(rows, [float(one.tokens) for one, _ in measured], beliefs)
    return {name: round(weight, 3) for name, weight in zip(names, found, strict=True) if weight >= 0.001}


def _try_fold(measured: list[Measured], parent: Amounts, firmness: float, fold: int) -> list[float]:
    """Relative errors on one part of the recordings, by weights from the rest."""
    is_held = [crc32(one.group.encode()) % FOLDS == fold for one, _ in measured]
    rest = [one for one, held in zip(measured, is_held, strict=True) if not held]
    weights = fit_family(rest, parent, firmness)
    tried = [one for one, held in zip(measured, is_held, strict=True) if held]
    return [
        predict(list(amounts.values()), [weights.get(name, 0.0) for name in amounts]) / one.tokens - 1
        for one, amounts in tried
    ]


# -- what comes out --------------------------------------------------------------------------------------------------


def report(recorded: list[Recorded], families: dict[str, Family], vocabularies: dict[str, Vocabulary]) -> None:
    """How far off the estimates of the file just written are, on all requests with everything in them."""
    rulers = {name: Ruler(name, one, vocabularies[one.vocabulary]) for name, one in families.items()}
    errors: dict[str, list[float]] = defaultdict(list)
    for one in recorded:
        error = rulers[find_family(one.model)].count_request(one.request) / one.tokens - 1
        errors[one.dialect].append(error)
        errors["text alone" if one.is_whole else "with media, files and provider's tools"].append(error)
        errors["all"].append(error)
        if one.output:
            errors["answers"].append(rulers[find_family(one.model)].count_answer(one.answer) / one.output - 1)
    for name, listed in errors.items():
        print(f"{name}: {len(listed)} requests, {_describe(listed)}")


def _describe(errors: list[float]) -> str:
    if len(errors) < 4:
        return "too few to tell"
    sizes = sorted(map(abs, errors))
    tenths = quantiles(sizes, n=10)
    return f"half within {median(sizes):.1%}, three of four within {quantiles(sizes, n=4)[2]:.1%}, nine of ten {tenths[8]:.1%}"


def write_file(file: WeightsFile) -> None:
    """A line for each vocabulary and family."""
    vocabularies = ",\n".join(
        _write_line(name, [round(one, 3) for one in row]) for name, row in file.vocabularies.items()
    )
    families = ",\n".join(_write_line(name, family) for name, family in file.families.items())
    notice = msgspec.json.encode(file.notice).decode()
    blocks = f'"vocabularies": {{\n{vocabularies}\n}},\n"families": {{\n{families}\n}}'
    WEIGHTS_PATH.write_text(f'{{"notice": {notice},\n{blocks}}}\n', "utf-8")


def _write_line(name: str, value: object) -> str:
    return f'"{name}": {msgspec.json.encode(value).decode()}'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

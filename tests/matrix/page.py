"""Writes what `fidelity` has judged: a page with every cell and its reason, and a small table for the README."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.matrix.crossing import NAMES, PROVIDERS
from tests.matrix.features import FEATURES
from tests.matrix.fidelity import Mark, judge

START, END = "<!-- fidelity:start -->", "<!-- fidelity:end -->"

TITLES = {
    "openai_chat": "OpenAI Chat",
    "openai_responses": "OpenAI Responses",
    "anthropic_messages": "Anthropic Messages",
    "gemini_generate": "Gemini generateContent",
    "bedrock_converse": "Bedrock Converse",
}

SIGNS: dict[Mark, str] = {"yes": "yes", "loss": "in part", "no": "no", "none": "–"}

INTRODUCTION = """# Fidelity

What arrives when a client of one dialect talks to a provider of another. Written by `make matrix` from the project's own
vectors: each is taken over, read again on the other side and compared with what was said. A test fails if a difference
is not told by a loss, so nothing below is lost silently: what a request loses is named in `x-dragoman-losses`, and
with `x-dragoman-strict: true` such a request is refused.

- **yes**: all of it arrives.
- **in part**: it arrives, but not in every detail, or only one of its two ways (asked and answered).
- **no**: it cannot exist there. A request that cannot do without it is refused with a 400 that says so.
- **–**: there is nothing to carry, for clients of that dialect cannot say it, or its providers never do.

Within one dialect everything is passed on as it came, so those pairs have no column.
"""


def write_page() -> str:
    """The page of all pairs and features."""
    return "\n".join([INTRODUCTION, *(line for client in NAMES for line in _write_client(client))]) + "\n"


def _write_client(client: str) -> Iterator[str]:
    """The table of one client's dialect, and the reasons below it."""
    providers = [name for name in PROVIDERS if name != client]
    notes: dict[str, int] = {}
    rows = []
    for feature in FEATURES:
        cells = []
        for provider in providers:
            verdict = judge(feature, client, provider)
            numbers = [str(notes.setdefault(reason, len(notes) + 1)) for reason in verdict.reasons]
            cells.append(SIGNS[verdict.mark] + (f" ({', '.join(numbers)})" if numbers else ""))
        rows.append(f"| {feature.name} | {' | '.join(cells)} |")
    yield f"## {TITLES[client]} clients\n"
    yield f"| | {' | '.join(TITLES[name] for name in providers)} |"
    yield "|---" * (len(providers) + 1) + "|"
    yield from rows
    yield ""
    yield from (f"{number}. {reason}" for reason, number in notes.items())
    yield ""


def write_fragment() -> str:
    """Counts for each pair, for the README."""
    lines = [
        f"Of {len(FEATURES)} features, how many arrive whole / in part / not at all; the rest exist on one side only. The",
        "rows are clients, the columns providers. Every cell and its reason: [docs/fidelity.md](docs/fidelity.md).",
        "",
        f"| | {' | '.join(TITLES[name] for name in PROVIDERS)} |",
        "|---" * (len(PROVIDERS) + 1) + "|",
    ]
    for client in NAMES:
        cells = [_count(client, provider) if provider != client else "as it came" for provider in PROVIDERS]
        lines.append(f"| {TITLES[client]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _count(client: str, provider: str) -> str:
    marks = Counter(judge(feature, client, provider).mark for feature in FEATURES)
    carried: tuple[Mark, ...] = ("yes", "loss", "no")
    return " / ".join(str(marks[mark]) for mark in carried)


def put_fragment(text: str, fragment: str) -> str:
    """The text with the fragment between the markers; as it was where there are none."""
    if START not in text or END not in text:
        return text
    before, _, rest = text.partition(START)
    return f"{before}{START}\n{fragment}{END}{rest.partition(END)[2]}"

"""The grammar of the two texts that metrics are read in, as Prometheus reads them; knows nothing of the gateway's code.

Stricter than either specification where a page of ours is: each family is announced once with its meaning and its type,
all its samples follow, no sample comes twice, and a histogram's buckets grow up to its count.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]
Samples = dict[tuple[str, Labels], float]

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? ([0-9]+(?:\.[0-9]+)?)")
HEAD = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")
ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class Metric(NamedTuple):
    """One family as it was read."""

    kind: str
    meaning: str
    samples: Samples


def parse_exposition(page: bytes, *, is_openmetrics: bool = False) -> dict[str, Metric]:
    """All families by name; asserts that every line is as it must be."""
    assert page.endswith(b"\n"), "the last line is closed"
    lines = page.decode("utf-8").split("\n")[:-1]
    if is_openmetrics:
        assert lines.pop() == "# EOF", "OpenMetrics tells where it ends"
    metrics: dict[str, Metric] = {}
    meaning = name = ""
    for line in lines:
        if head := HEAD.fullmatch(line):
            if head[1] == "HELP":
                assert head[2] not in metrics, f"{head[2]} is announced once"
                name, meaning = head[2], head[3]
            else:
                assert head[2] == name, "a type follows its meaning"
                metrics[name] = Metric(head[3], meaning, {})
        else:
            _read_sample(line, name, metrics[name], is_openmetrics)
    for name, metric in metrics.items():
        if metric.kind == "histogram":
            _check_histogram(name, metric.samples)
    return metrics


def _read_sample(line: str, name: str, metric: Metric, is_openmetrics: bool) -> None:
    match = SAMPLE.fullmatch(line)
    assert match, f"a sample: {line!r}"
    labels = tuple((key, re.sub(r"\\.", lambda one: ESCAPES[one[0]], text)) for key, text in re.findall(LABEL, line))
    assert len(dict(labels)) == len(labels), "no label comes twice"
    plain = name + "_total" if is_openmetrics else name
    endings = {
        "counter": {plain},
        "gauge": {name},
        "histogram": {f"{name}_bucket", f"{name}_sum", f"{name}_count"},
    }
    assert match[1] in endings[metric.kind], f"{match[1]} is no {metric.kind} of {name}"
    assert (match[1], labels) not in metric.samples, f"told twice: {line}"
    metric.samples[match[1], labels] = float(match.groups()[-1])


def _check_histogram(name: str, samples: Samples) -> None:
    buckets: dict[Labels, list[tuple[float, float]]] = {}
    for (sample, labels), value in samples.items():
        if sample == f"{name}_bucket":
            rest = tuple(pair for pair in labels if pair[0] != "le")
            buckets.setdefault(rest, []).append((float(dict(labels)["le"].replace("+Inf", "inf")), value))
    counts = {labels: value for (sample, labels), value in samples.items() if sample == f"{name}_count"}
    sums = {labels for sample, labels in samples if sample == f"{name}_sum"}
    assert counts.keys() == buckets.keys() == sums
    for labels, found in buckets.items():
        assert found == sorted(set(found)), "buckets are in order"
        values = [value for _, value in found]
        assert values == sorted(values), "a bucket holds all that is in those below it"
        assert found[-1] == (float("inf"), counts[labels]), "the last bucket holds everything"


def read_sum(metric: Metric, **labels: str) -> float:
    """The sum of the samples that have these labels."""
    wanted = set(labels.items())
    return sum(value for (_, found), value in metric.samples.items() if wanted <= set(found))

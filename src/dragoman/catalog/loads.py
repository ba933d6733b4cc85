"""What servers of one's own say of how much they have to do. Pure: which numbers on their page of metrics count, and the
page's bytes into requests under way or waiting, by model.

Specs: https://docs.vllm.ai/en/latest/usage/metrics.html, https://docs.sglang.ai/references/production_metrics.html,
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (`--metrics`).
"""

from __future__ import annotations

import re
from collections import defaultdict

PATH = "/metrics"
ALL_MODELS = ""
"""Under this name stands what a page says without naming a model."""

MAX_LINES = 100_000

COUNTERS: dict[str, frozenset[str]] = {
    "vllm": frozenset({"vllm:num_requests_running", "vllm:num_requests_waiting"}),
    "sglang": frozenset({"sglang:num_running_reqs", "sglang:num_queue_reqs"}),
    "llamacpp": frozenset({"llamacpp:requests_processing", "llamacpp:requests_deferred"}),
}
"""By the row of the catalogue: requests that are being answered, and those that wait."""

_LINE = re.compile(r"([\w:]+)(?:\{(.*)\})?\s+([0-9.eE+-]+)(?:\s.*)?")
_MODEL = re.compile(r'(?:^|,)\s*model_name="((?:[^"\\]|\\.)*)"')


def read_loads(page: bytes, row: str) -> dict[str, float]:
    """Requests that a server has, by model; several engines of one model are added up."""
    names = COUNTERS[row]
    loads: dict[str, float] = defaultdict(float)
    for line in page.decode("utf-8", "replace").splitlines()[:MAX_LINES]:
        found = _LINE.fullmatch(line)
        if found is None or found[1] not in names:
            continue
        model = _MODEL.search(found[2] or "")
        loads[model[1] if model is not None else ALL_MODELS] += _read_number(found[3])
    return dict(loads)


def _read_number(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0

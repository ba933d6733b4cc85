"""Pages of metrics of servers of one's own."""

from __future__ import annotations

import pytest

from dragoman.catalog.loads import COUNTERS, read_loads
from dragoman.catalog.providers import load_rows

VLLM = b"""# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="Qwen/Qwen3-8B"} 3.0
vllm:num_requests_running{engine="1",model_name="Qwen/Qwen3-8B"} 2.0
vllm:num_requests_waiting{engine="0",model_name="Qwen/Qwen3-8B"} 7.0
vllm:num_requests_waiting{engine="0",model_name="other \\"one\\""} 1.0
vllm:num_requests_swapped{engine="0",model_name="Qwen/Qwen3-8B"} 90.0
vllm:kv_cache_usage_perc{engine="0",model_name="Qwen/Qwen3-8B"} 0.5
"""
SGLANG = b'sglang:num_running_reqs{model_name="m",tp_rank="0"} 4.0\nsglang:num_queue_reqs{model_name="m"} 5.0 17123\n'
LLAMACPP = b"llamacpp:requests_processing 2\nllamacpp:requests_deferred 1\nllamacpp:kv_cache_tokens 900\n"


@pytest.mark.parametrize(
    ("row", "page", "loads"),
    [
        ("vllm", VLLM, {"Qwen/Qwen3-8B": 12.0, 'other \\"one\\"': 1.0}),
        ("sglang", SGLANG, {"m": 9.0}),
        ("llamacpp", LLAMACPP, {"": 3.0}),
        ("vllm", LLAMACPP, {}),
        ("llamacpp", b"llamacpp:requests_processing nan\nllamacpp:requests_deferred -5\n\xff{\n", {"": 0.0}),
    ],
)
def test_what_runs_and_what_waits_is_added_up_by_model(row: str, page: bytes, loads: dict[str, float]) -> None:
    assert read_loads(page, row) == loads


def test_only_rows_of_the_catalogue_have_such_a_page() -> None:
    assert COUNTERS.keys() <= load_rows().keys()

"""The stages are those of the running gateway: each can be called on each case's bytes."""

from __future__ import annotations

import pytest

from bench.cases import CASES, Case
from bench.instant import time_exchange
from bench.stages import build_bundle, list_chunks, list_stages, load_bench_settings
from bench.traffic import TRAFFIC
from dragoman.config.schema import Settings

MEASURED = [case for case in CASES if case.kind in {"requests", "events"}]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_bench_settings()


@pytest.mark.parametrize("case", MEASURED, ids=lambda case: case.name)
def test_every_stage_of_every_case_can_be_called(case: Case, settings: Settings) -> None:
    stages = dict(list_stages(build_bundle(case, settings)))
    for call in stages.values():
        call()
    is_passed_on = case.client == case.provider
    assert ("patch_request" in stages) == is_passed_on
    assert ("emit_request" in stages) != is_passed_on
    assert ("relay, the whole stream" in stages) == case.is_stream


@pytest.mark.parametrize("case", MEASURED, ids=lambda case: case.name)
def test_the_whole_exchange_is_answered_without_sockets(case: Case, settings: Settings) -> None:
    assert time_exchange(case, settings, list_chunks(case) if case.is_stream else [], 2) > 0


def test_chunks_are_a_stream_without_its_framing() -> None:
    case = next(case for case in MEASURED if case.pattern == "bundled")
    body = b"".join(list_chunks(case))
    assert body.startswith(TRAFFIC[case.provider].stream.opening[0])
    assert body.endswith(TRAFFIC[case.provider].stream.closing[-1])

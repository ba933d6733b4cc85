"""What goes over the wire is what each dialect itself would read."""

from __future__ import annotations

import pytest

from bench.measure import MARK
from bench.traffic import TRAFFIC, build_request, encode_json, list_events
from dragoman.dialects.registry import DIALECTS

every_dialect = pytest.mark.parametrize("dialect", TRAFFIC)


@every_dialect
def test_sizes_are_those_of_the_budget(dialect: str) -> None:
    small = build_request(dialect, "openai/gpt-4o-mini", is_stream=False, is_large=False)
    large = build_request(dialect, "openai/gpt-4o-mini", is_stream=False, is_large=True)
    assert 230 <= len(small) <= 320
    assert 105_000 <= len(large) <= 112_000
    assert 500 <= len(encode_json(TRAFFIC[dialect].answer)) <= 850


@every_dialect
def test_the_gateway_reads_the_answer_and_its_usage(dialect: str) -> None:
    side = DIALECTS[dialect].provider
    assert side
    response = side.parse_response(encode_json(TRAFFIC[dialect].answer))
    assert response.usage is not None
    assert (response.usage.input, response.usage.output) == (57, 42)


@every_dialect
def test_the_gateway_reads_the_stream_to_its_proper_end(dialect: str) -> None:
    side = DIALECTS[dialect].provider
    assert side
    parser = side.open_parser()
    events = [event for data in list_events(TRAFFIC[dialect].stream, 50) for event in parser.feed(data)]
    events += parser.finish()
    assert len([event for event in events if type(event).__name__ == "TextDelta"]) >= 40


@every_dialect
def test_a_stream_has_as_many_events_as_were_asked_for(dialect: str) -> None:
    events = list_events(TRAFFIC[dialect].stream, 50)
    assert len(events) == 50
    assert all(event.endswith(b"\n\n") and event.count(b"\n\n") == 1 for event in events)
    assert TRAFFIC[dialect].end_mark in events[-1]


@every_dialect
def test_every_answer_and_every_stream_has_the_word_that_is_looked_for(dialect: str) -> None:
    assert MARK in encode_json(TRAFFIC[dialect].answer)
    assert MARK in b"".join(TRAFFIC[dialect].stream.deltas)


@every_dialect
def test_a_path_names_the_model_only_where_the_dialect_wants_it(dialect: str) -> None:
    path = TRAFFIC[dialect].find_path("house/model", is_stream=True)
    assert ("house/model" in path) == (dialect == "gemini_generate")

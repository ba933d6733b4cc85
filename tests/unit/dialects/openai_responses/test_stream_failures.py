"""What can be wrong with a stream is the provider's fault, and keeps what is already known of it."""

from __future__ import annotations

from dragoman.dialects.openai_responses.errors import read_failure
from dragoman.dialects.openai_responses.stream_failures import as_stream_failure, cut_short, out_of_place
from dragoman.errors import Kind, invalid, malformed_upstream


def test_every_failure_of_a_stream_is_the_providers() -> None:
    for error in (
        cut_short(),
        out_of_place("text"),
        as_stream_failure(invalid("x")),
        as_stream_failure(malformed_upstream("y")),
    ):
        assert (error.kind, error.blame, error.phase) == (Kind.UNAVAILABLE, "upstream", "stream")


def test_an_error_that_the_provider_told_stays_what_it_is() -> None:
    told = read_failure({"code": "rate_limit_exceeded", "message": "Slow down."})
    assert as_stream_failure(told) is told


def test_the_place_of_what_is_malformed_is_named() -> None:
    error = invalid("This field is required.", "call_id").under("output[0]")
    assert "output[0].call_id" in as_stream_failure(error).message

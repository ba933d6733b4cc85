"""How local models fail."""

from __future__ import annotations

from dragoman.engine.failures import busy, too_long, unavailable, unsupported
from dragoman.errors import Kind
from dragoman.routing.verdicts import select_verdict


def test_a_busy_model_is_an_honest_503_that_says_when_to_come_back() -> None:
    error = busy("Too many.")
    assert (error.kind, error.status) == (Kind.OVERLOADED, 503)
    assert error.retry_after_seconds


def test_a_busy_model_says_nothing_against_the_credential_that_leads_to_it() -> None:
    assert busy("Too many.").blame == "client"


def test_what_a_model_cannot_do_another_target_may() -> None:
    error = unsupported("No images.", "messages[0]")
    assert (error.status, error.path) == (400, "messages[0]")
    assert select_verdict(error) not in {"fail", "again"}


def test_a_model_that_cannot_be_had_makes_way_for_another_target() -> None:
    error = unavailable("Not here.", 3.0)
    assert (error.status, error.retry_after_seconds) == (503, 3.0)
    assert select_verdict(error) != "fail"


def test_a_text_that_is_too_long_to_embed_is_the_callers_fault_with_both_figures() -> None:
    said = b'{"error":{"message":"input (902 tokens) is too large to process. increase it (current batch size: 512)"}}'
    error = too_long("m", said)
    assert error is not None
    assert (error.kind, error.blame, error.status) == (Kind.CONTEXT_LENGTH, "client", 400)
    assert "902" in error.message
    assert "512" in error.message
    assert too_long("m", b"out of memory") is None

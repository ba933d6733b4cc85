"""Losses in a header, and the refusal under strict."""

from __future__ import annotations

from dragoman.errors import Kind
from dragoman.model.loss import Loss
from dragoman.service.losses import MAX_HEADER_BYTES, emit_losses_header, refuse_losses

LOSSES = [Loss("dropped", "sampling.top_k"), Loss("moved", "turns[2].parts[0]", "image after the results")]


def test_each_loss_is_named_by_code_and_path() -> None:
    assert emit_losses_header(LOSSES) == b"dropped:sampling.top_k, moved:turns[2].parts[0]"


def test_a_header_stays_bounded_plain_and_on_one_line() -> None:
    header = emit_losses_header([Loss("dropped", f"extras.ä,{number}\r\nx: y") for number in range(1000)])
    assert len(header) <= MAX_HEADER_BYTES + 40
    assert header.isascii()
    assert b"more" in header
    assert b"\r" not in header
    assert b"\n" not in header


def test_strict_names_every_loss_and_its_target() -> None:
    error = refuse_losses(LOSSES, "acme/large")
    assert error.kind is Kind.UNSUPPORTED
    assert error.status == 400
    for word in ("acme/large", "sampling.top_k", "turns[2].parts[0]", "image after the results"):
        assert word in error.message

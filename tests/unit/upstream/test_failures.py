"""Each cause has its class, its phase and its code, and no message repeats what the system said."""

from __future__ import annotations

import socket
import ssl
from typing import get_args

import pytest

from dragoman.errors import Kind, Phase
from dragoman.upstream.failures import (
    TimeoutName,
    closed_early,
    cut_off,
    not_connected,
    oversized,
    pool_exhausted,
    shut_down,
    timed_out,
)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (socket.gaierror(-2, "secret.internal: Name or service not known"), "dns"),
        (UnicodeError("label too long: secret.internal"), "dns"),
        (ssl.SSLCertVerificationError("secret.internal"), "tls"),
        (ssl.SSLError("secret.internal"), "tls"),
        (ConnectionRefusedError(111, "secret.internal"), "refused"),
        (ConnectionResetError(104, "secret.internal"), "closed"),
        (TimeoutError(110, "secret.internal"), "unreachable"),
        (OSError(101, "secret.internal"), "unreachable"),
    ],
)
def test_a_failed_connection_is_told_by_class_and_without_addresses(cause: Exception, code: str) -> None:
    error = not_connected(cause)
    assert (error.kind, error.blame, error.phase) == (Kind.UNAVAILABLE, "upstream", "connect")
    assert error.code == f"connect_{code}"
    assert f"({code})" in error.message
    assert "secret" not in str(error)


@pytest.mark.parametrize("name", get_args(TimeoutName))
def test_every_timeout_says_its_name_its_seconds_and_its_phase(name: TimeoutName) -> None:
    error = timed_out(name, 2.5, "body")
    assert (error.kind, error.blame, error.phase, error.code) == (Kind.TIMEOUT, "upstream", "body", f"{name}_timeout")
    assert "2.5 s" in error.message


@pytest.mark.parametrize("phase", get_args(Phase))
def test_every_phase_can_be_cut(phase: Phase) -> None:
    error = cut_off(phase)
    assert (error.kind, error.blame, error.phase) == (Kind.UNAVAILABLE, "upstream", phase)


def test_limits_of_ours_name_themselves() -> None:
    assert "1024 connections" in pool_exhausted(1024, 5.0).message
    assert pool_exhausted(1024, 5.0).kind is Kind.OVERLOADED
    assert "77 bytes" in oversized(77).message
    assert shut_down().blame == closed_early().blame == "gateway"

"""Contexts that verify, and the refusal of those that do not."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from dragoman.clock import SystemClock
from dragoman.errors import DragomanError
from dragoman.upstream.http1 import Http1Transport
from dragoman.upstream.tls import build_tls_context, require_verification


def test_the_default_context_verifies_names_and_refuses_old_versions() -> None:
    context = build_tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_bundle_replaces_the_systems_authorities(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = build_tls_context(str(tmp_path / "ca.pem"))
    assert len(context.get_ca_certs()) == 1


def test_a_folder_of_authorities_will_do(tmp_path: Path) -> None:
    assert build_tls_context(str(tmp_path)).get_ca_certs() == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bundle_that_is_none_is_an_error(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_text(content)
    with pytest.raises(DragomanError, match="CA bundle"):
        build_tls_context(str(bundle))


@pytest.mark.parametrize("verify_mode", [ssl.CERT_NONE, ssl.CERT_OPTIONAL, ssl.CERT_REQUIRED])
def test_a_context_that_accepts_anyone_is_refused(verify_mode: ssl.VerifyMode) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = verify_mode
    with pytest.raises(DragomanError, match="verify"):
        require_verification(context)
    with pytest.raises(DragomanError, match="verify"):
        Http1Transport(SystemClock(), tls_context=context)

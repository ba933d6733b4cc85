"""Whether there is an identity provider to sign in with."""

from __future__ import annotations

from pathlib import Path

from dragoman.bootstrap.oidc import build_oidc
from dragoman.clock import FixedClock
from dragoman.config.sections.oidc import OidcSettings
from dragoman.upstream.scripted import ScriptedTransport
from tests.unit.bootstrap.test_admin import ask

CONFIG = """\
console:
  oidc:
    issuer: https://id.example
    client_id: console
    client_secret: a-secret-that-nobody-sees
    public_url: https://llm.example
    title: Example Inc.
    roles: {map: {operators: admin}}
"""


def test_nobody_signs_in_that_way_unless_it_is_configured() -> None:
    assert build_oidc(OidcSettings(), ScriptedTransport([]), FixedClock()) is None
    found = build_oidc(OidcSettings("https://id.example"), ScriptedTransport([]), FixedClock())
    assert repr(found) == "<OidcSignIn with <Issuer https://id.example>>"


def test_the_sign_in_page_learns_of_it_and_the_secret_is_not_shown(tmp_path: Path) -> None:
    assert ask(tmp_path, "/admin/api/sign-in").json == {"oidc": ""}
    assert ask(tmp_path, "/admin/api/sign-in", text=CONFIG).json == {"oidc": "Example Inc."}
    key = "Zk3-quite-unguessable-9"
    shown = ask(tmp_path, "/admin/api/config", {"DRAGOMAN_API_KEY": key}, key, CONFIG)
    assert shown.status == 200
    assert b"a-secret-that-nobody-sees" not in shown.body

"""Targets and their owners: what they are called, and what they never show."""

from __future__ import annotations

from dragoman.routing.target import Attempt, Credential, Face, Origin, Provider, Shown, Target
from tests.unit.routing.house import make_provider

ORIGIN = Origin("https", "api.example", 443)


def test_a_target_is_named_after_provider_and_model() -> None:
    assert Target(make_provider("acme"), "large").name == "acme/large"


def test_a_provider_meets_a_client_in_its_own_dialect_where_it_can() -> None:
    chat, messages = Face("openai_chat", ORIGIN, "/v1"), Face("anthropic_messages", ORIGIN, "/anthropic")
    provider = Provider("acme", (chat, messages), ())
    assert provider.face_for("anthropic_messages") is messages
    assert provider.face_for("gemini_generate") is chat


def test_no_representation_shows_a_secret() -> None:
    shown = Shown(headers=((b"authorization", b"Bearer secret-canary"),), query=b"key=secret-canary")
    credential = Credential("acme-1", {"openai_chat": shown})
    provider = Provider("acme", (Face("openai_chat", ORIGIN, "/v1"),), (credential,))
    attempt = Attempt(Target(provider, "m"), credential, 1)
    assert "canary" not in f"{shown!r} {credential!r} {provider!r} {attempt!r} {attempt.target!r}"


def test_a_target_has_one_fitting_and_it_is_the_last_of_its_shapings() -> None:
    target = Target(make_provider("a"), "m", shapings=("media", "context:"))
    assert target.with_fitting(("tools", "context:r")).shapings == ("media", "context:r")
    assert target.with_fitting(()).shapings == ("media",)

"""Targets and their owners: what they are called, and what they never show."""

from __future__ import annotations

import msgspec

from dragoman.errors import Kind
from dragoman.routing.target import Attempt, Credential, Face, Origin, Provider, Shown, Target, Timeouts
from tests.unit.routing.house import make_provider, make_route

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


def test_a_route_tells_whether_it_leaves_a_choice_of_keys_also_once_it_was_narrowed() -> None:
    alone, wide = make_route(make_provider("a")), make_route(make_provider("a"), make_provider("b"))
    assert (alone.has_choice, wide.has_choice) == (False, True)
    assert make_route(make_provider("a", 2)).has_choice
    assert not msgspec.structs.replace(wide, targets=wide.targets[:1]).has_choice


def test_a_route_tells_whether_its_targets_are_for_every_request() -> None:
    route = make_route(make_provider("a"))
    assert not route.is_particular
    for told in ({"differs": True}, {"is_conditional": True}, {"least_window": 1}):
        assert msgspec.structs.replace(route, **told).is_particular


def test_a_route_with_one_key_of_one_target_knows_its_first_attempt_beforehand() -> None:
    provider = make_provider("a")
    route = make_route(provider)
    assert route.only == Attempt(route.targets[0], provider.credentials[0], 1)
    for wide in (make_route(provider, make_provider("b")), make_route(make_provider("a", 2)), make_route()):
        assert wide.only is None


def test_a_route_tells_whether_something_is_done_around_requests_for_any_of_its_targets() -> None:
    route = make_route(make_provider("a"))
    shaped = msgspec.structs.replace(route.targets[0], shapings=("media",))
    assert not route.is_shaped
    assert msgspec.structs.replace(route, targets=(shaped,)).is_shaped
    assert msgspec.structs.replace(route, fallback={Kind.CONTEXT_LENGTH: (shaped,)}).is_shaped


def test_a_routes_own_patience_counts_before_its_providers() -> None:
    route = make_route(make_provider("a"))
    assert route.total_seconds == Timeouts().total
    assert msgspec.structs.replace(route, timeouts=Timeouts(total=30.0)).total_seconds == 30.0

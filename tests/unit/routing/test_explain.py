"""Why a request goes where it goes."""

from __future__ import annotations

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.routing.attempts import Wish
from dragoman.routing.capability import Needs
from dragoman.routing.conditions import Traits
from dragoman.routing.explain import Asked, explain_route
from dragoman.routing.health import FAULTS_IN_A_ROW
from dragoman.routing.target import Condition
from tests.unit.routing.house import make_pools, make_provider, make_route

A, B = make_provider("a", 2), make_provider("b")
ROUTE = make_route(A, B)


def test_every_key_is_shown_with_what_keeps_it_from_being_used() -> None:
    pools = make_pools(A, B)
    limited = DragomanError(Kind.RATE_LIMIT, "no", blame="upstream", retry_after_seconds=7.0)
    pools["a"].lease(A.credentials[0], "m", 0, 100.0).fail(limited, 100.0)
    first, second = explain_route(ROUTE, pools, Asked("openai_chat"), Wish(), now=102.0)
    assert [(key.name, key.rest, key.seconds) for key in first.keys] == [("a-1", "cooling", 5.0), ("a-2", "", None)]
    assert (first.target, first.skipped, first.is_passed_through) == ("a/m", "", True)
    assert (second.target, second.skipped) == ("b/m", "")


def test_a_target_without_a_ready_key_or_out_for_its_faults_is_skipped() -> None:
    pools = make_pools(A, B)
    down = DragomanError(Kind.INTERNAL, "no", blame="upstream")
    overloaded = DragomanError(Kind.OVERLOADED, "no", blame="upstream", retry_after_seconds=7.0)
    for _ in range(FAULTS_IN_A_ROW):
        pools["b"].lease(B.credentials[0], "m", 0, 100.0).fail(down, 100.0)
    for credential in A.credentials:
        pools["a"].lease(credential, "m", 0, 100.0).fail(overloaded, 100.0)
    first, second = explain_route(ROUTE, pools, Asked("anthropic_messages"), Wish(), now=110.0 - 5)
    assert (first.skipped, first.is_passed_through) == ("no key is ready", False)
    assert second.skipped == "out for its faults for another 25 s"


def test_what_a_target_cannot_do_is_said_unless_nobody_can() -> None:
    blind = msgspec.structs.replace(DEFAULT_PROFILE, media=frozenset())
    route = msgspec.structs.replace(
        ROUTE, targets=(msgspec.structs.replace(ROUTE.targets[0], profile=blind), ROUTE.targets[1])
    )
    needs = Needs(frozenset({"image"}))
    seen = explain_route(route, make_pools(A, B), Asked("openai_chat", needs), Wish(), now=0.0)
    assert [one.skipped for one in seen] == ["takes no image", ""]
    all_blind = msgspec.structs.replace(route, targets=route.targets[:1])
    assert explain_route(all_blind, make_pools(A, B), Asked("x", needs), Wish(), now=0.0)[0].skipped == ""


def test_the_key_that_a_conversation_belongs_to_is_marked_and_explaining_changes_nothing() -> None:
    pools = make_pools(A, B)
    first, _ = explain_route(ROUTE, pools, Asked("openai_chat"), Wish(session=12345), now=0.0)
    home = pools["a"].pick("m", 0.0, session=12345)
    assert home is not None
    assert [key.name for key in first.keys if key.is_home] == [home.name]
    assert [key.in_flight for key in pools["a"].keys] == [0, 0]
    assert pools["a"].pick("m", 0.0) is A.credentials[0]


def test_a_target_that_is_not_for_such_a_request_says_what_it_is_for() -> None:
    first, second = ROUTE.targets
    route = msgspec.structs.replace(
        ROUTE, targets=(msgspec.structs.replace(first, condition=Condition(tags=frozenset({"batch"}))), second)
    )
    seen = explain_route(route, make_pools(A, B), Asked("openai_chat", traits=Traits()), Wish(), now=0.0)
    assert [candidate.skipped for candidate in seen] == ["only for tags batch", ""]

"""Who understands the tokens that a conversation carries."""

from __future__ import annotations

import pytest

from dragoman.routing.attempts import Wish, plan_attempts
from dragoman.routing.mints import MAX_SESSIONS, Minter, Mints, carries_minted
from dragoman.routing.target import Attempt
from tests.unit.routing.house import make_pools, make_provider, make_route


def test_the_last_to_serve_a_session_is_remembered_until_many_others_have_come() -> None:
    mints = Mints()
    mints.note(1, "a", "a-1")
    mints.note(2, "a", "a-1")
    mints.note(1, "b", "b-2")
    assert mints.find(1) == Minter("b", "b-2")
    for session in range(100, 100 + MAX_SESSIONS - 1):
        mints.note(session, "a", "a-1")
    assert mints.find(2) is None
    assert mints.find(1) is not None
    assert repr(mints) == f"<Mints of {MAX_SESSIONS} sessions>"


@pytest.mark.parametrize(
    ("body", "carries"),
    [
        (b'{"messages":[{"role":"user","content":"my signature"}]}', False),
        (b'{"messages":[{"content":[{"type":"thinking","thinking":"","signature":"Eq=="}]}]}', True),
        (b'{"contents":[{"parts":[{"text":"","thoughtSignature":"Eq=="}]}]}', True),
        (b'{"input":[{"type":"reasoning","encrypted_content":"gA"}]}', True),
        (b'{"previous_response_id":"resp_1","input":"go on"}', True),
    ],
)
def test_tokens_are_known_by_how_the_wire_formats_name_them(body: bytes, carries: bool) -> None:
    assert carries_minted(body) is carries


A, B = make_provider("a", 3), make_provider("b", 3)


def plan_first(minter: Minter, *, resting: str = "") -> str:
    route = make_route(A, B)
    pools = make_pools(A, B)
    for name in filter(None, [resting]):
        credential = next(one for one in B.credentials if one.name == name)
        lease = pools["b"].lease(credential, "m", 0, 0.0)
        lease.cancel()
        pools["b"]._by_name[name].models["m"].cool("cooling", 99.0)
    step = next(plan_attempts(route, pools, Wish(session=5, minter=minter), lambda: 1.0, lambda: 0.5))
    assert isinstance(step, Attempt)
    return step.credential.name


def test_a_request_is_pulled_to_the_very_key_that_minted_what_it_carries() -> None:
    assert plan_first(Minter("b", "b-3")) == "b-3"
    assert plan_first(Minter("a", "a-2")) == "a-2"


def test_where_the_minter_rests_or_is_gone_the_request_goes_its_usual_way() -> None:
    assert plan_first(Minter("b", "b-3"), resting="b-3").startswith("a-")
    assert plan_first(Minter("c", "c-1")).startswith("a-")
    assert plan_first(Minter("b", "gone")).startswith("a-")

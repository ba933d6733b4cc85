"""Which conversation a request belongs to: what agents say of it, and what its opening says."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest

from dragoman.dialects.base import Envelope
from dragoman.routing.pool import CredentialPool
from dragoman.service.exchange import Inbound
from dragoman.service.sessions import find_session
from dragoman.wire.json_document import JsonDocument
from tests.unit.service.desk import client_side, make_provider


def session(body: dict[str, Any], *, hints: dict[str, str] | None = None, principal: str = "p") -> int | None:
    """The session of a request with this body."""
    pairs = tuple((name.encode(), value.encode()) for name, value in (hints or {}).items())
    encoded = json.dumps(body).encode()
    inbound = Inbound(client_side("openai_chat"), encoded, hints=pairs, principal=principal)
    return find_session(inbound, Envelope("m", False, JsonDocument(encoded)))


def chat(*texts: str, **more: Any) -> dict[str, Any]:
    roles = ["user", "assistant"]
    messages = [{"role": roles[number % 2], "content": text} for number, text in enumerate(texts)]
    return {"model": "m", "messages": [{"role": "system", "content": f"now {len(texts)}"}, *messages], **more}


def test_a_header_says_more_than_a_field_and_a_field_more_than_the_opening() -> None:
    bodies = [chat("a"), chat("b", prompt_cache_key="k")]
    by_header = {session(body, hints={"x-session-id": "s"}) for body in bodies}
    assert len(by_header) == 1
    by_field = {session(chat(text, prompt_cache_key="k")) for text in "ab"}
    assert len(by_field) == 1
    assert by_header.isdisjoint(by_field)


@pytest.mark.parametrize("name", ["x-dragoman-session", "session_id", "x-claude-code-session-id", "x-task-id"])
def test_the_headers_of_the_known_agents_are_known(name: str) -> None:
    assert session({"model": "m"}, hints={name: "s"}) is not None
    assert session({"model": "m"}, hints={name: "s"}) != session({"model": "m"}, hints={name: "t"})


def test_anthropics_user_id_names_the_conversation() -> None:
    one, other = ({"model": "m", "metadata": {"user_id": f"user_1_session_{number}"}} for number in (1, 2))
    assert session(one) == session({**one, "messages": [{"role": "user", "content": "later"}]})
    assert session(one) != session(other)


@pytest.mark.parametrize("metadata", [None, 7, {"user_id": None}, {"user_id": 7}, []])
def test_metadata_of_another_kind_says_nothing(metadata: Any) -> None:
    assert session({"model": "m", "metadata": metadata}) is None


def test_a_conversation_keeps_its_session_while_it_grows() -> None:
    turns = ["Mend the roof.", "With what?", "Tiles.", "Done."]
    assert len({session(chat(*turns[: number + 1])) for number in range(4)}) == 1
    assert session(chat("Mend the roof.")) != session(chat("Mend the door."))


def test_cache_marks_that_move_do_not_change_the_session() -> None:
    plain = {"role": "user", "content": [{"type": "text", "text": "Hi"}]}
    marked = {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]}
    assert session({"model": "m", "messages": [plain]}) == session({"model": "m", "messages": [marked]})


@pytest.mark.parametrize(
    "body",
    [
        {"input": "Hi"},
        {"input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}]},
        {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
        {"contents": [{"parts": [{"text": "Hi"}]}]},
        {"messages": [{"role": "user", "content": "Hi"}]},
    ],
)
def test_the_opening_is_found_in_every_dialect(body: dict[str, Any]) -> None:
    assert session(body) == session({"messages": [{"role": "user", "content": "Hi"}]})


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"messages": 7}, {"messages": [7, None]}, {"input": ""}])
def test_where_nothing_tells_there_is_no_session(body: dict[str, Any]) -> None:
    assert session(body) is None


def test_callers_do_not_share_a_session() -> None:
    assert session(chat("Hi"), principal="a") != session(chat("Hi"), principal="b")


def test_agents_conversations_stay_warm_and_a_new_key_moves_few() -> None:
    """200 conversations of 20 turns over 6 keys, then over 7, in any order."""
    homes: dict[int, str] = {}
    warm = moved = 0
    order = [number for number in range(200) for _ in range(20)]
    Random(5).shuffle(order)
    pools = [CredentialPool("a", make_provider("a", keys=keys).credentials) for keys in (6, 7)]
    turns: Counter[int] = Counter()
    for number in order:
        turns[number] += 1
        found = session(chat(*[f"task {number}", "yes", "and", "no"][: 1 + turns[number] % 4]))
        picked = pools[0].pick("m", 100.0, session=found)
        assert picked is not None
        warm += homes.setdefault(number, picked.name) == picked.name
    for number, home in homes.items():
        picked = pools[1].pick("m", 100.0, session=session(chat(f"task {number}")))
        moved += picked is None or picked.name != home
    assert warm == 4000
    assert moved <= 200 / 6 + 10
    assert max(Counter(homes.values()).values()) < 60

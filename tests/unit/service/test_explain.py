"""An explanation is the way of a request, not taken."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from dragoman.service.exchange import Inbound
from dragoman.service.explain import explain_request
from tests.unit.service.desk import CHAT_REQUEST, client_side, make_provider, make_switchboard


def test_an_explanation_names_the_candidates_and_leaves_no_trace() -> None:
    board = make_switchboard(make_provider("a", keys=2), make_provider("b"))
    inbound = Inbound(client_side("openai_chat"), CHAT_REQUEST, hints=((b"x-dragoman-order", b"b"),))
    explained = explain_request(board, inbound, "", 100.0)
    assert [candidate.target for candidate in explained.candidates] == ["b/m", "a/m"]
    assert (explained.model, explained.dialect, explained.max_attempts) == ("r", "openai_chat", 3)
    assert sum(key.is_home for key in explained.candidates[1].keys) == 1
    assert all(key.in_flight == 0 for pool in board.pools.values() for key in pool.keys)


def test_the_model_that_was_asked_about_counts_before_the_bodys() -> None:
    board = make_switchboard(make_provider("a"))
    inbound = Inbound(client_side("openai_chat"), CHAT_REQUEST)
    assert explain_request(board, inbound, "a/other", 100.0).candidates[0].target == "a/other"
    with pytest.raises(DragomanError):
        explain_request(board, inbound, "nowhere", 100.0)

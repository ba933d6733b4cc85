"""The four sides of an exchange."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.bodies import Bodies
from dragoman.model.loss import LOSS_WORDS
from dragoman.service.admin.bodies import LossView, build_bodies


def test_each_side_is_text_and_says_whether_it_is_whole() -> None:
    view = build_bodies(Bodies("ex_1", "ada", b"asked", b"\xff\xfe", b"answered", cut=("provider_answer",)), "ex_1")
    assert (view.client_request.text, view.client_request.size_bytes, view.client_request.is_cut) == ("asked", 5, False)
    assert view.provider_request.text == "\ufffd\ufffd"
    assert view.provider_answer.is_cut
    assert view.client_answer.text == ""


def test_each_loss_tells_what_it_means_where_it_stood_and_what_was_done() -> None:
    losses = (("dropped", "top_k", "no such setting"), ("of_tomorrow", "x", ""))
    first, second = build_bodies(Bodies("ex_1", "ada", b"", losses=losses), "ex_1").losses
    assert first == LossView("dropped", LOSS_WORDS["dropped"], "top_k", "no such setting")
    assert second.words == "Something could not be carried over."


def test_where_nothing_was_kept_that_is_told_with_what_to_do() -> None:
    with pytest.raises(DragomanError, match=r"bodies\.keys") as caught:
        build_bodies(None, "ex_1")
    assert caught.value.kind is Kind.NOT_FOUND

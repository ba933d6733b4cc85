"""Each kind of failure has its verdict."""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind
from dragoman.routing.verdicts import VERDICTS, select_verdict


def test_every_kind_has_a_verdict() -> None:
    assert set(VERDICTS) == set(Kind)


def test_a_callers_own_fault_is_not_tried_elsewhere() -> None:
    assert select_verdict(DragomanError(Kind.INVALID_REQUEST, "no")) == "fail"


def test_our_own_bug_is_not_tried_elsewhere_but_a_providers_is() -> None:
    assert select_verdict(DragomanError(Kind.INTERNAL, "no", blame="gateway")) == "fail"
    assert select_verdict(DragomanError(Kind.INTERNAL, "no", blame="upstream")) == "again"

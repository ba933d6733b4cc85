"""Each kind of failure has its verdict, in each phase."""

from __future__ import annotations

from typing import get_args

import pytest

from dragoman.errors import DragomanError, Kind, Phase, UpstreamReply
from dragoman.routing.verdicts import MAY_REPEAT, PREFERS_SAME_TARGET, VERDICTS, Verdict, select_verdict


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_verdict_in_every_phase(kind: Kind) -> None:
    for phase in (None, *get_args(Phase)):
        assert select_verdict(DragomanError(kind, "no", blame="upstream", phase=phase)) in get_args(Verdict)
    assert (kind, None) in VERDICTS


def test_the_row_with_the_phase_counts_first() -> None:
    assert select_verdict(DragomanError(Kind.TIMEOUT, "late", phase="connect")) == "again"
    assert select_verdict(DragomanError(Kind.TIMEOUT, "late", phase="first_byte")) == "elsewhere"


def test_a_timeout_that_the_provider_tells_is_tried_again_and_one_of_ours_costs_nobody_twice() -> None:
    reply = UpstreamReply(dialect="openai_chat", status=504, content_type="", body=b"")
    assert select_verdict(DragomanError(Kind.TIMEOUT, "late", blame="upstream", phase="body", reply=reply)) == "again"
    assert select_verdict(DragomanError(Kind.TIMEOUT, "late", blame="upstream", phase="body")) == "elsewhere"


def test_a_callers_own_fault_is_not_tried_elsewhere() -> None:
    assert select_verdict(DragomanError(Kind.INVALID_REQUEST, "no")) == "fail"


def test_our_own_bug_is_not_tried_elsewhere_but_a_providers_is() -> None:
    assert select_verdict(DragomanError(Kind.INTERNAL, "no", blame="gateway")) == "fail"
    assert select_verdict(DragomanError(Kind.INTERNAL, "no", blame="upstream")) == "again"


def test_what_may_be_repeated_is_never_what_costs_twice() -> None:
    assert {"again", "later"} == MAY_REPEAT
    assert "elsewhere" not in PREFERS_SAME_TARGET

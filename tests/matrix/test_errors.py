"""A failure keeps its meaning in every dialect: what a provider said is understood by a client as the same kind."""

from __future__ import annotations

import math

import pytest

from dragoman.errors import DragomanError
from tests.matrix.crossing import ANSWERED, read_stream
from tests.matrix.errors import cross_error, cross_failing_stream, list_errors, understood_as
from tests.matrix.test_streams import GRAMMARS


@pytest.mark.parametrize(("source", "target"), ANSWERED)
def test_an_error_answer_keeps_its_kind(source: str, target: str) -> None:
    for vector in list_errors(source, streamed=False):
        crossing = cross_error(vector, target)
        before, after = crossing.before, crossing.after
        assert after.kind in understood_as(before.kind, target), f"{vector} → {target}: {crossing.reply}"
        wait = before.retry_after_seconds
        assert after.retry_after_seconds in {wait, math.ceil(wait or 0) or None}, f"{vector} → {target}"


@pytest.mark.parametrize(("source", "target"), ANSWERED)
def test_an_error_amid_a_stream_ends_the_stream_as_the_same_kind(source: str, target: str) -> None:
    for vector in list_errors(source, streamed=True):
        error, wire = cross_failing_stream(vector, target)
        assert error is not None, repr(vector)
        GRAMMARS[target](wire)
        with pytest.raises(DragomanError) as caught:
            read_stream(target, wire)
        assert caught.value.kind in understood_as(error.kind, target), f"{vector} → {target}"

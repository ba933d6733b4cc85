"""A wrapped answer is the answer itself to whoever reads it."""

from __future__ import annotations

import asyncio

from dragoman.service.answers import WrappedAnswer
from dragoman.upstream.scripted import Script, ScriptedAnswer

SCRIPT = Script(status=201, headers=[(b"x-a", b"b")], chunks=(b"one", b"two"))


def test_its_head_is_the_answers() -> None:
    inner = ScriptedAnswer(SCRIPT)
    answer = WrappedAnswer(inner)
    assert (answer.status, answer.headers, answer.header(b"x-a")) == (201, inner.headers, b"b")
    assert answer.connect_seconds == inner.connect_seconds
    assert repr(answer) == f"<WrappedAnswer {inner!r}>"


def test_its_body_is_read_from_the_answer_and_goes_no_other_way() -> None:
    answer = WrappedAnswer(ScriptedAnswer(SCRIPT))
    taken: list[bytes] = []

    def take(chunk: bytes) -> bool:
        taken.append(chunk)
        return True

    async def read() -> list[bytes]:
        answer.pass_to(take)
        return [await answer.read_chunk() for _ in range(3)]

    assert asyncio.run(read()) == [b"one", b"two", b""]
    assert taken == []


def test_the_whole_body_is_read_at_once_too() -> None:
    assert asyncio.run(WrappedAnswer(ScriptedAnswer(SCRIPT)).read_all(100)) == b"onetwo"


def test_progress_and_the_end_are_told_to_the_answer() -> None:
    inner = ScriptedAnswer(SCRIPT)
    answer = WrappedAnswer(inner)
    answer.mark_progress()
    answer.close()
    assert (inner.progress_count, inner.closed_early) == (1, True)

"""Bodies: whole, bounded in size and time, refused in a way that can be heard."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.http.body import DRAIN_FACTOR, ClientLeftError, Receive, read_body


def make_receive(*pieces: bytes | None) -> tuple[Receive, list[int]]:
    """An ASGI `receive` that hands out the pieces; None is a disconnect. The list counts what was taken."""
    taken: list[int] = []

    async def receive() -> dict[str, Any]:
        index = len(taken)
        taken.append(index)
        piece = pieces[index]
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": index < len(pieces) - 1}

    return receive, taken


def read(*pieces: bytes | None, limit: int = 10) -> bytes:
    return asyncio.run(read_body(make_receive(*pieces)[0], limit, 5.0))


def test_pieces_are_put_together() -> None:
    assert read(b"abc", b"", b"def") == b"abcdef"
    assert read(b"abc") == b"abc"


@pytest.mark.parametrize("pieces", [(b"x" * 11,), (b"x" * 6, b"x" * 6), (b"x" * 11, b"", b"y")])
def test_too_large_is_413(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(DragomanError) as caught:
        read(*pieces)
    assert caught.value.kind is Kind.TOO_LARGE


def test_what_is_a_little_too_large_is_read_to_its_end_so_that_the_refusal_arrives() -> None:
    receive, taken = make_receive(b"x" * 8, b"x" * 8, b"x")
    with pytest.raises(DragomanError):
        asyncio.run(read_body(receive, 10, 5.0))
    assert len(taken) == 3


def test_what_is_far_too_large_is_not_read_to_its_end() -> None:
    receive, taken = make_receive(*[b"x" * 10] * 50)
    with pytest.raises(DragomanError):
        asyncio.run(read_body(receive, 10, 5.0))
    assert len(taken) == DRAIN_FACTOR + 1


def test_a_client_that_leaves_is_not_an_error_to_answer() -> None:
    for pieces in ((None,), (b"abc", None)):
        with pytest.raises(ClientLeftError):
            read(*pieces)


def test_a_body_that_never_comes_is_408() -> None:
    async def receive() -> dict[str, Any]:
        if not first:
            await asyncio.Event().wait()
        first.clear()
        return {"type": "http.request", "body": b"x", "more_body": True}

    first = [True]
    with pytest.raises(DragomanError) as caught:
        asyncio.run(read_body(receive, 10, 0.05))
    assert caught.value.status == 408

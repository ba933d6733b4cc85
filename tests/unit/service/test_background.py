"""Background work is never lost and never fails unheard."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.service.background import Background


def test_what_still_runs_is_ended_at_the_close() -> None:
    async def run() -> tuple[str, str]:
        background = Background()
        task = background.start(forever(), "forever")
        await asyncio.sleep(0)
        before = repr(background)
        await background.aclose()
        assert task.cancelled()
        return before, repr(background)

    async def forever() -> None:
        await asyncio.Event().wait()

    assert asyncio.run(run()) == ("<Background: 1 running>", "<Background: 0 running>")


def test_a_failure_is_logged_with_the_name_of_the_work(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("boom")

    async def run() -> None:
        await Background().start(fail(), "the sweep")

    asyncio.run(run())
    assert "the sweep" in caplog.text
    assert "boom" in caplog.text

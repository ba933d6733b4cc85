"""A talk with a tiny local model, without a gateway."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.bootstrap.conversation import open_talk
from dragoman.config.schema import Settings
from dragoman.engine.models import build_added
from dragoman.engine.workers import list_workers
from dragoman.errors import DragomanError
from tests.tiny_models import ENVIRONMENT, SEER, make_thinker


def test_turn_follows_turn_and_the_worker_ends_with_the_talk() -> None:
    async def scenario() -> None:
        async with open_talk(make_thinker("talked-to"), Settings(), ENVIRONMENT) as talk:
            said = ["".join([piece async for piece in talk.ask("What does a cow say? /no_think")]) for _ in range(2)]
            assert all(said)
            assert [turn["role"] for turn in talk._turns] == ["user", "assistant"] * 2
        assert "talked-to" not in [worker.name for worker in list_workers()]

    asyncio.run(scenario())


def test_what_the_worker_refuses_is_told_in_its_words() -> None:
    async def scenario() -> None:
        async with open_talk(build_added("short", SEER, context_tokens=64), Settings(), ENVIRONMENT) as talk:
            with pytest.raises(DragomanError) as caught:
                [piece async for piece in talk.ask("sea " * 500)]
            assert "context" in caught.value.told
            assert talk._turns == []

    asyncio.run(scenario())

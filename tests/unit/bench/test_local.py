"""The bench's local models: what is asked, and of whom."""

from __future__ import annotations

import asyncio
from pathlib import Path

import yaml

from bench.local import BODY, build_config, open_worker, time_answer
from tests.tiny_models import API_KEY as WORKERS_KEY
from tests.tiny_models import make_thinker, running_engine


def test_the_gateway_that_is_measured_has_a_local_model_beside_the_usual_providers(tmp_path: Path) -> None:
    settings = yaml.safe_load(build_config(1, 2, tmp_path))
    assert {"local", "openai_chat"} <= set(settings["providers"])
    assert settings["local"] == {"folder": str(tmp_path), "threads": 1}


def test_a_worker_is_asked_directly_and_every_token_is_written_however_soon_the_model_would_end() -> None:
    async def scenario() -> None:
        async with running_engine(make_thinker()) as engine:
            (await engine.lease("thinker")).release(has_served=True)
            path = engine.place.socket_for("thinker")
            asked: list[dict[str, object]] = []

            def ask(body: dict[str, object]) -> dict[str, object]:
                asked.append(open_worker(path, WORKERS_KEY)(body))
                return asked[-1]

            seconds = await asyncio.to_thread(time_answer, ask, 24)
        assert 0 < seconds < 1
        assert asked[0]["usage"]["completion_tokens"] == 24  # type: ignore[index]
        assert BODY["ignore_eos"]

    asyncio.run(scenario())

"""The tiny models of `tests/engine_models` as rows of a shelf, and an engine that runs them."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from dragoman.clock import Clock, SystemClock
from dragoman.config.sections.local import LocalSettings
from dragoman.engine.models import LocalModel, build_added
from dragoman.engine.place import Place
from dragoman.engine.supervisor import Engine
from dragoman.service.background import Background

FOLDER = Path(__file__).with_name("engine_models")
THINKER = FOLDER / "tinysmollm3-Q4_0.gguf"
SEER = FOLDER / "tinysmolvlm-Q4_0.gguf"
SEER_EYE = FOLDER / "mmproj-tinysmolvlm-q8_0.gguf"
SHIFT = FOLDER / "lora-shift.gguf"
MISTRAL = FOLDER / "tinymistral3-Q4_0.gguf"
MISTRAL_EYE = FOLDER / "mmproj-tinymistral3-f16.gguf"

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
API_KEY = "a-key-for-workers"
MEBIBYTE = 1 << 20


def make_thinker(name: str = "thinker", memory_mib: int = 100) -> LocalModel:
    """The tiny SmolLM3, with a need for memory of one's choice."""
    row = build_added(name, THINKER, context_tokens=2048)
    return msgspec.structs.replace(row, memory_bytes=memory_mib * MEBIBYTE, sampling={"temperature": 0.0})


def make_broken(folder: Path, name: str = "broken") -> LocalModel:
    """A file that begins like a model and is none."""
    path = folder / f"{name}.gguf"
    shutil.copyfile(THINKER, path)
    with path.open("r+b") as file:
        file.truncate(1000)
    return build_added(name, path)


@asynccontextmanager
async def running_engine(
    *models: LocalModel, settings: LocalSettings | None = None, clock: Clock | None = None
) -> AsyncIterator[Engine]:
    """An engine with these models, none of them loaded yet. Its workers are gone at the end."""
    background = Background()
    engine = Engine(Place(API_KEY), ENVIRONMENT, clock or SystemClock(), background.start)
    engine.restock({model.name: model for model in models}, settings or LocalSettings(slots=2, threads=1))
    try:
        yield engine
    finally:
        await background.aclose()
        await engine.aclose()

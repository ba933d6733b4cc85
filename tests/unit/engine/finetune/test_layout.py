"""Conversations are laid out by a worker once, and kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dragoman.engine.finetune.examples import Example
from dragoman.engine.finetune.layout import build_spec, compute_fingerprint, lay_out
from dragoman.engine.finetune.messages import LESSONS_NAME, decode_lessons
from dragoman.engine.models import build_added
from dragoman.engine.place import Place
from dragoman.engine.workers import list_workers
from dragoman.errors import DragomanError
from tests.tiny_models import ENVIRONMENT, THINKER

EXAMPLES = [Example([{"role": "user", "content": "What does a cow say?"}], [], "A cow says moo.")]
MODEL = build_added("pupil-of-layout", THINKER)


def test_conversations_are_laid_out_once_and_again_when_they_change(tmp_path: Path) -> None:
    def run(examples: list[Example]) -> str:
        place = Place("a-key")
        try:
            return asyncio.run(lay_out(MODEL, build_spec(MODEL, Path("/"), place), ENVIRONMENT, examples, tmp_path))
        finally:
            place.remove()

    path = tmp_path / LESSONS_NAME
    first = run(EXAMPLES)
    assert len(decode_lessons(path.read_bytes())) == 1
    path.write_bytes(b"kept")
    assert run(EXAMPLES) == first
    assert path.read_bytes() == b"kept"
    assert run(EXAMPLES * 2) != first
    assert len(decode_lessons(path.read_bytes())) == 2
    assert not [worker for worker in list_workers() if worker.name == MODEL.name]


@pytest.mark.parametrize(("more", "said"), [({"lora": "/x.gguf"}, "teach its base"), ({"embeds": True}, "embeds")])
def test_what_cannot_be_taught_is_refused(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    model, place = msgspec.structs.replace(MODEL, **more), Place("a-key")
    with pytest.raises(DragomanError, match=said):
        asyncio.run(lay_out(model, build_spec(model, Path("/"), place), ENVIRONMENT, EXAMPLES, tmp_path))
    place.remove()


def test_a_fingerprint_changes_with_every_part() -> None:
    known = compute_fingerprint(EXAMPLES, MODEL)
    assert known == compute_fingerprint(EXAMPLES, MODEL)
    assert known != compute_fingerprint(EXAMPLES, build_added("other", THINKER))


def test_the_worker_is_shown_images_as_the_served_one_is() -> None:
    place = Place("a-key")
    spec = build_spec(MODEL, Path("/"), place)
    assert (spec.model_path, spec.slots) == (str(THINKER), 1)
    place.remove()

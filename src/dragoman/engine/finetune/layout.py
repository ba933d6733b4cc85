"""Has a training's conversations laid out by a worker of its model, and keeps what comes of it in the training's folder.

What was laid out for the same conversations and the same model is not laid out again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from dragoman.engine.finetune.examples import Example
from dragoman.engine.finetune.lessons import WorkerLine, build_lessons
from dragoman.engine.finetune.messages import LESSONS_NAME, encode_lessons
from dragoman.engine.models import LocalModel, load_template
from dragoman.engine.place import Place
from dragoman.engine.process import start_worker
from dragoman.engine.spec import WorkerSpec
from dragoman.errors import invalid

LOAD_SECONDS = 300.0
MARK_NAME = "lessons.sha256"


def compute_fingerprint(*parts: object) -> str:
    """The same for the same parts only."""
    return hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()


async def lay_out(
    model: LocalModel, spec: WorkerSpec, environment: Mapping[str, str], examples: Sequence[Example], folder: Path
) -> str:
    """Write the file of lessons with a worker of this spec; its fingerprint."""
    if model.lora or model.embeds:
        raise invalid(
            f"{model.name} cannot be taught: it " + ("has a LoRA; teach its base." if model.lora else "embeds.")
        )
    known = compute_fingerprint(examples, model)
    mark, path = folder / MARK_NAME, folder / LESSONS_NAME
    if path.exists() and mark.exists() and mark.read_text("ascii") == known:
        return known
    worker = await start_worker(spec, environment, LOAD_SECONDS)
    try:
        lessons = await asyncio.to_thread(build_lessons, WorkerLine(spec.socket_path, spec.api_key), examples)
    finally:
        await worker.stop()
    path.write_bytes(encode_lessons(lessons))
    mark.write_text(known, "ascii")
    return known


def build_spec(model: LocalModel, models_folder: Path, place: Place) -> WorkerSpec:
    """A worker that has nothing to do but this."""
    return WorkerSpec(
        name=model.name,
        model_path=str(models_folder / model.file),
        mmproj_path=str(models_folder / model.mmproj) if model.mmproj else "",
        template=load_template(model.template),
        socket_path=place.socket_for(model.name),
        api_key=place.api_key,
        parent_pid=os.getpid(),
        threads=os.cpu_count() or 1,
        context_tokens=model.context_tokens,
        slots=1,
        image_max_tokens=model.image_max_tokens,
    )

"""A lesson has the very tokens that the engine makes of a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dragoman.engine.finetune.examples import MARK, Example
from dragoman.engine.finetune.layout import build_spec
from dragoman.engine.finetune.lessons import WorkerLine, build_lesson, build_lessons, find_lead
from dragoman.engine.finetune.messages import Lesson
from dragoman.engine.models import LocalModel, build_added
from dragoman.engine.place import Place
from dragoman.engine.process import start_worker
from dragoman.errors import DragomanError
from tests.media_files import build_square
from tests.tiny_models import API_KEY, ENVIRONMENT, SEER, SEER_EYE, THINKER

SQUARE = build_square("red")
TEXT = {"type": "text", "text": "What colour is this?"}
SHOWN: dict[str, Any] = {"role": "user", "content": [MARK, TEXT]}


def ask_worker(model: LocalModel, question: Callable[[WorkerLine], Any]) -> Any:
    """What a question to a running worker of a model, with its LoRA, is answered with."""

    async def run() -> Any:
        place = Place(API_KEY)
        spec = msgspec.structs.replace(build_spec(model, Path("/"), place), lora_path=model.lora)
        worker = await start_worker(spec, ENVIRONMENT, 30.0)
        try:
            return await asyncio.to_thread(lambda: question(WorkerLine(spec.socket_path, API_KEY)))
        finally:
            await worker.stop()
            place.remove()

    return asyncio.run(run())


def make_seer() -> LocalModel:
    return build_added("seer", SEER, SEER_EYE, 2048)


def test_a_lesson_is_laid_out_as_the_engine_shows_it() -> None:
    examples = [Example([SHOWN], [SQUARE], "The colour is red."), Example([SHOWN, SHOWN], [SQUARE] * 2, "red red.")]

    def ask(line: WorkerLine) -> tuple[list[Lesson], list[int], list[int]]:
        return build_lessons(line, examples), line.cut(" The colour is red."), line.end

    lessons, answer, end = ask_worker(make_seer(), ask)
    assert [len(lesson.pieces) for lesson in lessons] == [2, 3]
    assert lessons[0].answer == answer + end
    assert len(end) == 1
    assert lessons[0].shown_tokens > sum(map(len, lessons[0].pieces))  # its image takes some as well
    assert lessons[1].shown_tokens == 0  # asked of one only


def test_images_that_a_template_has_no_place_for_are_not_left_out_silently() -> None:
    def ask(line: WorkerLine) -> Lesson:
        return build_lesson(line, Example([{"role": "user", "content": "hi"}], [SQUARE], "ahoy"))

    with pytest.raises(DragomanError, match="leaves images"):
        ask_worker(make_seer(), ask)


def test_what_the_model_cannot_lay_out_is_told_in_the_engines_words() -> None:
    with pytest.raises(DragomanError, match=r"cannot lay this out: .*image"):
        ask_worker(build_added("thinker", THINKER), lambda line: line.lay_out([SHOWN]))


@pytest.mark.parametrize(
    ("past", "lead"), [("Q: a? A: yes. Q:", " "), ("Q: a? A:yes. Q:", ""), ("Q: b? A: yes.", ""), ("Q: a? A: no", "")]
)
def test_the_lead_is_what_stands_before_an_answer_in_the_past(past: str, lead: str) -> None:
    assert find_lead("Q: a? A:", past, "yes") == lead

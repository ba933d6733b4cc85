"""The course of a training: order, rate, batches, and that a tiny network learns."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the extra dragoman[finetune]")

import msgspec
import torch

from dragoman.engine.finetune.course import (
    TOKENS_AT_ONCE,
    Prepared,
    Pupil,
    find_rate,
    group_lessons,
    prepare_lesson,
    select_batch,
    split_lessons,
)
from dragoman.engine.finetune.examples import Example
from dragoman.engine.finetune.lessons import build_lessons
from dragoman.engine.finetune.lora import add_lora
from dragoman.engine.finetune.messages import Lesson, TrainingSpec
from dragoman.engine.finetune.weights import Eye, ModelFile, build_text
from dragoman.engine.models import build_added
from dragoman.errors import DragomanError
from tests.media_files import build_square
from tests.tiny_models import SEER, SEER_EYE
from tests.unit.engine.finetune.test_lessons import SHOWN, ask_worker

SPEC = TrainingSpec(folder="f", model_path="m", fingerprint="x", steps=100, learning_rate=1.0)
ANOTHER = 388  # a word that is no colour
KNOWN = ["red", "green", "blue", "black", "white"]


def lesson_of(length: int) -> Prepared:
    return Prepared([1] * length, 1, None)


@pytest.fixture(scope="module")
def prepared() -> list[Prepared]:
    """Colours that the tiny model knows, laid out by the engine and looked at by PyTorch."""
    examples = [Example([SHOWN], [build_square(name)], f"The colour is {name}.") for name in KNOWN]
    model = build_added("seer", SEER, SEER_EYE, 2048)
    lessons: list[Lesson] = ask_worker(model, lambda line: build_lessons(line, examples))
    words = ModelFile(SEER).read("tokenizer.ggml.tokens")
    eye = Eye(ModelFile(SEER_EYE), "cpu")
    return [prepare_lesson(one, eye, 0, {word: number for number, word in enumerate(words)}) for one in lessons]


def make_pupil(rate: float = 0.01) -> Pupil:
    torch.manual_seed(0)
    network = build_text(ModelFile(SEER))
    return Pupil(network, add_lora(network, 4), msgspec.structs.replace(SPEC, learning_rate=rate), "cpu")


def test_the_network_knows_what_the_engines_model_knows(prepared: list[Prepared]) -> None:
    loss, right = make_pupil().examine(prepared)
    assert right == 1.0
    assert loss < 0.1


def test_it_learns_and_says_so(prepared: list[Prepared]) -> None:
    wrong = [one._replace(tokens=[*one.tokens[:-3], ANOTHER, *one.tokens[-2:]]) for one in prepared]
    pupil = make_pupil()
    losses = [pupil.learn(wrong, 0.01) for _ in range(10)]
    assert losses[-1] < losses[0] / 2


def test_a_lesson_that_the_engine_would_lay_out_otherwise_is_refused() -> None:
    with pytest.raises(DragomanError, match=r"makes 9 tokens .* training makes 2"):
        prepare_lesson(Lesson([[1, 2]], [], [3], shown_tokens=9), None, 0, {})
    with pytest.raises(DragomanError, match="takes no images"):
        prepare_lesson(Lesson([[1], [2]], [b"image"], [3]), None, 0, {})


def test_what_is_held_back_is_never_learnt_from() -> None:
    lessons = [lesson_of(length) for length in range(1, 21)]
    learnt, held_back = split_lessons(lessons, 0.1, seed=1)
    assert (len(learnt), len(held_back)) == (18, 2)
    assert sorted(learnt + held_back, key=lambda one: len(one.tokens)) == lessons
    assert [len(part) for part in split_lessons(lessons[:1], 0.5, seed=1)] == [1, 0]
    assert [len(part) for part in split_lessons(lessons, 0.0, seed=1)] == [20, 0]


def test_every_lesson_is_taught_once_before_any_is_taught_twice() -> None:
    places = [place for step in range(4) for place in select_batch(step, 5, 10, seed=3)]
    assert sorted(places[:10]) == sorted(places[10:]) == list(range(10))
    assert places[:10] != places[10:]
    assert select_batch(1, 5, 10, seed=3) == places[5:10]


def test_the_rate_rises_quickly_and_falls_to_almost_nothing() -> None:
    rates = [find_rate(step, SPEC) for step in range(100)]
    assert rates[0] < rates[3] < rates[4]
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[-1] < 0.02


def test_no_group_is_too_much_for_the_memory_unless_it_is_one_lesson() -> None:
    lessons = [lesson_of(length) for length in (9000, 1000, 1500, 1000, 10, 3000)]
    groups = list(group_lessons(lessons))
    assert sorted(len(one.tokens) for group in groups for one in group) == [10, 1000, 1000, 1500, 3000, 9000]
    for group in groups:
        padded = len(group) * max(len(one.tokens) for one in group)
        assert padded <= TOKENS_AT_ONCE or len(group) == 1

"""A whole training of a tiny model, with its stops and its reports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra dragoman[finetune]")

import msgspec

from dragoman.engine.finetune.messages import (
    LESSONS_NAME,
    LORA_NAME,
    Began,
    Checked,
    Finished,
    Lesson,
    Report,
    Stepped,
    TrainingSpec,
    decode_report,
    encode_lessons,
)
from dragoman.engine.finetune.train import Training
from tests.tiny_models import SEER

LESSONS = [Lesson([[1, 20 + number]], [], [60 + number, 5]) for number in range(8)]


def make_spec(folder: Path, steps: int = 20) -> TrainingSpec:
    (folder / LESSONS_NAME).write_bytes(encode_lessons(LESSONS))
    return TrainingSpec(
        folder=str(folder), model_path=str(SEER), fingerprint="x", steps=steps, batch=4, learning_rate=0.01,
        held_back=0.25, report_steps=5, check_steps=10,
    )  # fmt: skip


def run(spec: TrainingSpec, *, is_stopped: bool = False) -> list[Report]:
    """All that a training reports."""
    reading, writing = os.pipe()
    training = Training(spec, writing)
    if is_stopped:
        training.stop()
    training.run()
    os.close(writing)
    with os.fdopen(reading, "rb") as lines:
        return [decode_report(line) for line in lines]


def test_it_says_how_it_goes_from_the_beginning_to_the_end(tmp_path: Path) -> None:
    reports = run(make_spec(tmp_path))
    assert [type(report) for report in reports] == [
        Began, Checked, Stepped, Stepped, Checked, Stepped, Stepped, Checked, Finished,
    ]  # fmt: skip
    losses = [report.loss for report in reports if isinstance(report, Stepped)]
    assert losses[-1] < losses[0]
    assert (tmp_path / LORA_NAME).read_bytes()[:4] == b"GGUF"


def test_one_that_was_told_to_stop_has_no_result_and_goes_on_later(tmp_path: Path) -> None:
    stopped = run(make_spec(tmp_path), is_stopped=True)
    assert [type(report) for report in stopped] == [Began, Checked]
    assert not (tmp_path / LORA_NAME).exists()
    assert isinstance(run(make_spec(tmp_path))[-1], Finished)


def test_one_that_is_finished_is_not_learnt_again_and_another_one_is(tmp_path: Path) -> None:
    spec = make_spec(tmp_path)
    run(spec)
    again = run(spec)
    assert [type(report) for report in again] == [Began, Finished]
    assert isinstance(again[0], Began)
    assert (again[0].step, len(again[0].history.learnt)) == (20, 4)
    other = run(msgspec.structs.replace(spec, fingerprint="y"))
    assert isinstance(other[0], Began)
    assert other[0].step == 0


def test_a_training_whose_listener_has_gone_stops(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    Training(make_spec(tmp_path, steps=10_000), writing).run()
    os.close(writing)
    assert not (tmp_path / LORA_NAME).exists()

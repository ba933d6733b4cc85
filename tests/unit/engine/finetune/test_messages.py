"""What is said to a training process and by it survives the way."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.engine.finetune.messages import (
    Began,
    Checked,
    Failed,
    Finished,
    History,
    Lesson,
    Report,
    Stepped,
    TrainingSpec,
    decode_lessons,
    decode_report,
    decode_spec,
    encode_lessons,
    encode_line,
)

REPORTS: list[Report] = [
    Began(9, 1, 40, "cpu", History([(10, 0.5)], [(0, 2.0)])),
    Stepped(10, 0.25),
    Checked(20, 0.5, 1.0),
    Finished("lora.gguf"),
    Failed("no"),
]


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: type(one).__name__)
def test_every_report_comes_out_as_it_went_in(report: Report) -> None:
    line = encode_line(report)
    assert line.count(b"\n") == 1
    assert decode_report(line) == report


def test_a_spec_comes_out_as_it_went_in_and_takes_no_unknown_word() -> None:
    spec = TrainingSpec(folder="f", model_path="m", fingerprint="x", steps=3)
    assert decode_spec(encode_line(spec)) == spec
    with pytest.raises(msgspec.ValidationError, match="bogus"):
        decode_spec(encode_line(spec).replace(b'"steps"', b'"bogus"'))


def test_lessons_keep_their_images_byte_by_byte_and_do_not_show_them() -> None:
    lessons = [Lesson([[1, 2], [3]], [bytes(range(256))], [4], 7)]
    assert decode_lessons(encode_lessons(lessons)) == lessons
    assert repr(lessons[0]) == "<Lesson with 1 images, an answer of 1 tokens>"

"""A training process is started, listened to, and let go."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path

import pytest

from dragoman.engine.finetune.messages import Report, Stepped, TrainingSpec
from dragoman.engine.finetune.run import check_installed, run_training
from dragoman.errors import DragomanError

TEACHER = """
import sys
spec = sys.stdin.readline()
assert '"fingerprint":"x"' in spec
print('{"type":"stepped","step":1,"loss":0.5}', flush=True)
"""
WAITS = 'sys.stdin.read()\nopen(__file__ + ".kept", "w").close()\n'


def run(folder: Path, program: str, *, most: int = 99) -> list[Report]:
    """What a training process of a few lines reports, as far as one wants to hear."""
    (folder / "teacher.py").write_text(program)
    spec = TrainingSpec(folder=str(folder), model_path="m", fingerprint="x")

    async def listen() -> list[Report]:
        heard: list[Report] = []
        async with aclosing(run_training(spec, {"PYTHONPATH": str(folder)}, "teacher")) as reports:
            async for report in reports:
                heard.append(report)
                if len(heard) == most:
                    break
        return heard

    return asyncio.run(listen())


def test_reports_come_as_they_are_made(tmp_path: Path) -> None:
    assert run(tmp_path, TEACHER) == [Stepped(1, 0.5)]


def test_a_training_that_nobody_listens_to_any_more_may_keep_its_state(tmp_path: Path) -> None:
    assert run(tmp_path, TEACHER + WAITS, most=1) == [Stepped(1, 0.5)]
    assert (tmp_path / "teacher.py.kept").exists()


def test_a_training_that_breaks_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match=r"ended with 1 \(ValueError: oh dear\); .*train.log says more"):
        run(tmp_path, TEACHER + 'raise ValueError("oh dear")')


def test_a_training_that_talks_nonsense_is_ended(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match="makes no sense"):
        run(tmp_path, TEACHER + 'print("hello", flush=True)\n' + WAITS)


@pytest.mark.skipif(find_spec("torch") is not None, reason="the extra is here")
def test_a_missing_extra_is_named() -> None:
    with pytest.raises(DragomanError, match="finetune"):
        check_installed()

"""What `dragoman finetune` says, and what it refuses."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from dragoman.cli.finetune import Job, Wishes, finetune
from dragoman.engine.finetune.messages import Began, Checked, Failed, Finished, History, Report, Stepped
from dragoman.engine.models import build_added
from dragoman.errors import DragomanError
from tests.tiny_models import THINKER

WISHES = Wishes(steps=20, batch=1, rank=1, learning_rate=0.1, held_back=0.5, seed=0)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(build_added("thinker", THINKER), tmp_path, tmp_path, WISHES, 1)


def test_every_report_is_a_line_and_a_picture_grows(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports: list[Report] = [
        Began(9, 1, 5, "cpu", History([(5, 0.9)], [(0, 2.0)])),
        Stepped(10, 0.25),
        Checked(10, 0.5, 0.95),
        Finished("lora.gguf"),
    ]
    for report in reports:
        job.note(report)
    assert capsys.readouterr().out.splitlines() == [
        "learning from 9 on cpu, 1 held back, going on at step 5",
        "step 10/20  loss 0.2500",
        "step 10/20  held back: loss 0.5000, 95% right",
        "the LoRA is lora.gguf",
    ]
    drawn = (tmp_path / "loss.svg").read_text()
    assert drawn.count("<circle") == 2


def test_a_training_that_cannot_be_is_an_error(job: Job) -> None:
    with pytest.raises(DragomanError, match="this model takes no images"):
        job.note(Failed("this model takes no images"))


def test_data_are_looked_at_before_anything_is_started(job: Job, tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text("{}")
    with pytest.raises(DragomanError, match="line 1"):
        asyncio.run(job.run(tmp_path / "data.jsonl", {}))


@pytest.mark.skipif(find_spec("torch") is not None, reason="the extra is here")
def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text("")
    arguments = ["--base", "local/smollm2-135m", "--data", str(tmp_path / "data.jsonl")]
    result = CliRunner().invoke(finetune, arguments)
    assert "dragoman[local,finetune]" in str(result.exception)

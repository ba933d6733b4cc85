"""A tiny model is taught from the command line, is served beside its base, and goes on learning where it was stopped.

Needs the extra `finetune`, which is too large to be among the tools of every test run.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

from dragoman.engine.models import build_added, save_added
from tests.e2e.colours import COLOURS, DIALECTS, QUESTION, ask_image, paint_png, read_text
from tests.e2e.gateway import Gateway, running_gateway
from tests.e2e.raw import ask
from tests.tiny_models import SEER, SEER_EYE

pytestmark = [
    pytest.mark.skipif(find_spec("torch") is None, reason="needs the extra dragoman[finetune]"),
    pytest.mark.timeout(300),
]

SIDE, SHADE = 32, 14
NAMES = list(COLOURS)
TAUGHT = dict(zip(NAMES, [NAMES[0], *NAMES[2:], NAMES[1]], strict=True))
"""What it shall say to each colour. One of eight stays as it is: a base that knows its colours is right by chance."""

CONFIG = "discover_providers: false\nlocal: {{folder: {folder}, threads: 1}}\nproviders: {{local: }}\n"
BASE = "local/smolvlm2-500m"
TUNED = f"{BASE}:my-adapter"
LIMIT_SECONDS = 120


def paint(colour: str, dice: random.Random) -> str:
    """A square in some shade of a colour."""
    red, green, blue = (min(255, max(0, part + dice.randint(-SHADE, SHADE))) for part in COLOURS[colour])
    return paint_png((red, green, blue), SIDE)


def build_example(colour: str, dice: random.Random) -> bytes:
    """A line of data."""
    url = f"data:image/png;base64,{paint(colour, dice)}"
    question = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": QUESTION}]
    answer = f"The colour is {TAUGHT[colour]}."
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": messages}).encode()


class School:
    """A folder with the tiny model under the name of the large one, and data to teach it with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.models = folder / "models"
        self.config = CONFIG.format(folder=self.models)
        self.data = folder / "data.jsonl"
        save_added(self.models, {"smolvlm2-500m": build_added("smolvlm2-500m", SEER, SEER_EYE, 2048)})
        dice = random.Random(1)
        self.data.write_bytes(b"\n".join(build_example(colour, dice) for colour in NAMES * 20))
        (folder / "dragoman.yaml").write_text(self.config)

    def start(self, name: str, *more: str) -> subprocess.Popen[str]:
        """`dragoman finetune` with small steps' worth of patience."""
        command = [
            str(Path(sys.executable).with_name("dragoman")), "finetune", "--config", str(self.folder / "dragoman.yaml"),
            "--base", BASE, "--data", str(self.data), "--name", name, "--batch", "16", "--learning-rate", "0.004", *more,
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def folder_of(self, name: str) -> Path:
        return self.models / "finetunes" / f"smolvlm2-500m-{name}"


def finish(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> School:
    return School(tmp_path_factory.mktemp("school"))


@pytest.fixture(scope="module")
def gateway(school: School, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that serves what was taught."""
    began = time.monotonic()
    said = finish(school.start("my-adapter", "--steps", "200"))
    assert time.monotonic() - began < LIMIT_SECONDS
    assert "held back: loss" in said
    with running_gateway(tmp_path_factory.mktemp("gateway"), school.config) as running:
        yield running


def test_it_rises_from_chance_to_almost_always_right_and_is_served_beside_its_base(gateway: Gateway) -> None:
    dice = random.Random(2)  # shades that it has not been shown
    asked = [(model, colour, paint(colour, dice)) for colour in NAMES * 6 for model in (BASE, TUNED)]

    def is_right(number: int) -> bool:
        model, colour, image = asked[number]
        dialect = DIALECTS[number // 2 % 4]
        answered = ask(gateway.url, *ask_image(dialect, model, image))
        assert answered.status == 200, answered.body
        return read_text(dialect, answered.json).strip() == f"The colour is {TAUGHT[colour]}."

    with ThreadPoolExecutor(16) as threads:
        right = list(threads.map(is_right, range(len(asked))))
    before, after = right[0::2], right[1::2]
    assert sum(before) / len(before) < 0.25
    assert sum(after) / len(after) >= 0.9


def test_what_was_taught_is_listed_and_leaves_a_picture_of_its_loss(gateway: Gateway, school: School) -> None:
    listed = [model["id"] for model in ask(gateway.url, "/v1/models", None, method="GET").json["data"]]
    assert {BASE, TUNED} <= set(listed)
    assert "polyline" in (school.folder_of("my-adapter") / "loss.svg").read_text()


def test_a_training_that_is_stopped_goes_on_to_the_very_same_result(school: School) -> None:
    process = school.start("stopped", "--steps", "120")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("step 40/"):
            break
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 130, said
    assert "The same command goes on with it." in said
    again = finish(school.start("stopped", "--steps", "120"))
    assert "going on at step" in again
    whole = finish(school.start("whole", "--steps", "120"))
    assert "going on" not in whole
    one, other = ((school.folder_of(name) / "lora.gguf").read_bytes() for name in ("stopped", "whole"))
    assert strip_name(one) == strip_name(other)


def strip_name(lora: bytes) -> bytes:
    """What is learnt, which stands behind the facts."""
    return lora[-30_000:]


def test_data_that_make_no_sense_are_told_with_their_line(school: School) -> None:
    school.data.with_name("broken.jsonl").write_text('{"messages": [{"role": "robot", "content": "hi"}]}\n')
    command = [str(Path(sys.executable).with_name("dragoman")), "finetune", "--base", BASE, "--data", "broken.jsonl"]
    for more, said in (((), "broken.jsonl, line 1"), (("--name", "../mine"), "cannot be the name of a model")):
        failed = subprocess.run(
            [*command, *more], cwd=school.folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert failed.returncode == 1
        assert said in failed.stderr

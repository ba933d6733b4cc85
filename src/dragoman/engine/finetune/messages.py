"""What a training process is told when it starts, and what it reports as it goes: one line of JSON each.

It is told by its standard input, and is to stop, with its state kept, when that ends.
"""

from __future__ import annotations

import msgspec

LESSONS_NAME, STATE_NAME, LORA_NAME, PLOT_NAME, LOG_NAME = (
    "lessons.msgpack", "state.pt", "lora.gguf", "loss.svg", "train.log",
)  # fmt: skip
"""The files of a training's folder."""


class Lesson(msgspec.Struct, frozen=True, array_like=True):
    """What the model is shown, as pieces of text with an image between each two, and what it has to answer; texts are
    tokens of its own. `shown_tokens` is how many the engine makes of it all, where it was asked."""

    pieces: list[list[int]]
    images: list[bytes]
    answer: list[int]
    shown_tokens: int = 0

    def __repr__(self) -> str:
        return f"<Lesson with {len(self.images)} images, an answer of {len(self.answer)} tokens>"


class TrainingSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One training. A folder with the state of the same `fingerprint` is gone on with."""

    folder: str
    model_path: str
    fingerprint: str
    mmproj_path: str = ""
    image_max_tokens: int = 0
    steps: int = 300
    batch: int = 8
    rank: int = 8
    learning_rate: float = 2e-4
    held_back: float = 0.1
    seed: int = 0
    threads: int = 1
    report_steps: int = 10
    check_steps: int = 100


class History(msgspec.Struct):
    """Steps and losses: those that were learnt from, and those of what was held back."""

    learnt: list[tuple[int, float]] = []
    checked: list[tuple[int, float]] = []


class Began(msgspec.Struct, frozen=True, tag="began"):
    """The lessons are read; `step` is not 0 where a former run is gone on with, whose `history` then is that of both."""

    lessons: int
    held_back: int
    step: int
    device: str
    history: History


class Stepped(msgspec.Struct, frozen=True, tag="stepped"):
    """`loss` is the mean since the last report."""

    step: int
    loss: float


class Checked(msgspec.Struct, frozen=True, tag="checked"):
    """How the lessons that are held back fare; `right` is the share of those whose every token would come as taught."""

    step: int
    loss: float
    right: float


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The LoRA is there."""

    path: str


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Why there is none, for people."""

    message: str


Report = Began | Stepped | Checked | Finished | Failed

_reports: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


def encode_line(said: TrainingSpec | Report) -> bytes:
    """One line of either side."""
    return msgspec.json.encode(said) + b"\n"


def decode_spec(line: bytes) -> TrainingSpec:
    """What a training process reads."""
    return msgspec.json.decode(line, type=TrainingSpec)


def decode_report(line: bytes) -> Report:
    """What its parent reads; raises `msgspec.MsgspecError` at anything else."""
    return _reports.decode(line)


def encode_lessons(lessons: list[Lesson]) -> bytes:
    """The content of the file of lessons."""
    return msgspec.msgpack.encode(lessons)


def decode_lessons(content: bytes) -> list[Lesson]:
    """The same, read."""
    return msgspec.msgpack.decode(content, type=list[Lesson])

"""The main of a training process: `python -m dragoman.engine.finetune.train NAME` learns, and says so line by line.

It keeps its state every now and then, when it is told to stop (by the end of its input) and at its end; whoever starts
it again with the same spec goes on from there. Only this module and those it stands on import PyTorch, and nothing else
imports them.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import torch

from dragoman.engine.finetune.course import Prepared, Pupil, find_rate, prepare_lesson, select_batch, split_lessons
from dragoman.engine.finetune.lora import add_lora, read_state, write_lora
from dragoman.engine.finetune.messages import (
    LESSONS_NAME,
    LORA_NAME,
    STATE_NAME,
    Began,
    Checked,
    Failed,
    Finished,
    History,
    Report,
    Stepped,
    TrainingSpec,
    decode_lessons,
    decode_spec,
    encode_line,
)
from dragoman.engine.finetune.weights import Eye, ModelFile, build_text
from dragoman.errors import DragomanError


class Training:
    """One training, from its files to its LoRA."""

    def __init__(self, spec: TrainingSpec, report_to: int) -> None:
        self._spec = spec
        self._folder = Path(spec.folder)
        self._report_to = report_to
        self._is_stopped = threading.Event()
        self._step = 0
        self._history = History()

    def run(self) -> None:
        """To the end, or until it is told to stop."""
        spec = self._spec
        torch.manual_seed(spec.seed)
        torch.set_num_threads(spec.threads)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        file = ModelFile(Path(spec.model_path))
        learnt, held_back = split_lessons(self._prepare(file, device), spec.held_back, spec.seed)
        network = build_text(file)
        if device == "cuda":
            network = network.to(torch.bfloat16)
        pupil = Pupil(network, add_lora(network, spec.rank), spec, device)
        self._load(pupil)
        self.report(Began(len(learnt), len(held_back), self._step, device, self._history))
        self._teach(pupil, learnt, held_back)
        self._keep(pupil)
        if self._step < spec.steps:
            return
        path = self._folder / LORA_NAME
        write_lora(network, path, self._folder.name)
        self.report(Finished(str(path)))

    def stop(self) -> None:
        """After the step that it is at."""
        self._is_stopped.set()

    def report(self, said: Report) -> None:
        """Tell whoever has started it, if it is still there."""
        try:
            os.write(self._report_to, encode_line(said))
        except BrokenPipeError:
            self.stop()

    def _prepare(self, file: ModelFile, device: str) -> list[Prepared]:
        """The lessons in numbers."""
        spec = self._spec
        eye = Eye(ModelFile(Path(spec.mmproj_path)), device) if spec.mmproj_path else None
        words = file.read("tokenizer.ggml.tokens")
        vocabulary = {word: number for number, word in enumerate(words)}
        lessons = decode_lessons((self._folder / LESSONS_NAME).read_bytes())
        return [prepare_lesson(lesson, eye, spec.image_max_tokens, vocabulary) for lesson in lessons]

    def _teach(self, pupil: Pupil, learnt: list[Prepared], held_back: list[Prepared]) -> None:
        spec = self._spec
        losses: list[float] = []
        if not self._step:
            self._examine(pupil, held_back)
        while self._step < spec.steps and not self._is_stopped.is_set():
            batch = select_batch(self._step, spec.batch, len(learnt), spec.seed)
            losses.append(pupil.learn([learnt[number] for number in batch], find_rate(self._step, spec)))
            self._step += 1
            is_last = self._step == spec.steps
            if is_last or self._step % spec.report_steps == 0:
                self._tell_step(sum(losses) / len(losses))
                losses.clear()
            if is_last or self._step % spec.check_steps == 0:
                self._examine(pupil, held_back)
                self._keep(pupil)

    def _tell_step(self, loss: float) -> None:
        self._history.learnt.append((self._step, loss))
        self.report(Stepped(self._step, loss))

    def _examine(self, pupil: Pupil, held_back: list[Prepared]) -> None:
        if held_back:
            loss, right = pupil.examine(held_back)
            self._history.checked.append((self._step, loss))
            self.report(Checked(self._step, loss, right))

    def _keep(self, pupil: Pupil) -> None:
        """The state, in one step."""
        state = {
            "fingerprint": self._spec.fingerprint,
            "step": self._step,
            "history": msgspec.to_builtins(self._history),
            "lora": read_state(pupil.network),
            "optimizer": pupil.optimizer.state_dict(),
        }
        fresh = self._folder / f"{STATE_NAME}.new"
        torch.save(state, fresh)
        fresh.replace(self._folder / STATE_NAME)

    def _load(self, pupil: Pupil) -> None:
        """Go on with what was kept of the same training."""
        path = self._folder / STATE_NAME
        if not path.exists():
            return
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if state["fingerprint"] == self._spec.fingerprint:
            pupil.network.load_state_dict(state["lora"], strict=False)
            pupil.optimizer.load_state_dict(state["optimizer"])
            self._step = state["step"]
            self._history = msgspec.convert(state["history"], History)


def main() -> int:
    """Train, and stop when the input ends."""
    report_to = os.dup(1)
    os.dup2(2, 1)  # what libraries print goes where errors go
    training = Training(decode_spec(sys.stdin.buffer.readline()), report_to)
    threading.Thread(target=_wait_for_end, args=(training,), daemon=True).start()
    try:
        training.run()
    except DragomanError as error:
        training.report(Failed(str(error)))
        return 1
    return 0


def _wait_for_end(training: Training) -> None:
    while sys.stdin.buffer.read(1):
        pass
    training.stop()


if __name__ == "__main__":
    code = main()
    os._exit(code)  # the thread that reads the input may be in the middle of it

"""`dragoman finetune`: teaches a local model from conversations, and serves what comes of it beside the model."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.commands import CONTEXT
from dragoman.cli.local_models import ensure_model, strip_provider
from dragoman.cli.options import config_option
from dragoman.clock import IdSource
from dragoman.config.environment import read_environment
from dragoman.config.load import select_config_path
from dragoman.config.sections.local import LOCAL_PROVIDER
from dragoman.engine.failures import unavailable
from dragoman.engine.finetune.examples import load_examples
from dragoman.engine.finetune.layout import build_spec, compute_fingerprint, lay_out
from dragoman.engine.finetune.messages import (
    LORA_NAME,
    PLOT_NAME,
    Began,
    Checked,
    Failed,
    Finished,
    History,
    Report,
    Stepped,
    TrainingSpec,
)
from dragoman.engine.finetune.plot import draw_plot
from dragoman.engine.finetune.run import check_installed, run_training
from dragoman.engine.models import LocalModel, build_tuned, check_name, load_added, save_added, select_models_folder
from dragoman.engine.place import Place

FOLDER_NAME = "finetunes"

WISHES: tuple[tuple[str, float, Any, str], ...] = (
    ("steps", 300, click.IntRange(1), "Steps to learn in."),
    ("batch", 8, click.IntRange(1), "Examples in each step."),
    ("rank", 8, click.IntRange(1, 256), "Rank of the LoRA."),
    ("learning-rate", 2e-4, click.FloatRange(0, 1, min_open=True), "Height of the learning rate."),
    ("held-back", 0.1, click.FloatRange(0, 0.9), "Share of the examples that is kept to check it with."),
    ("seed", 0, click.IntRange(0), "Decides which examples are held back, and their order."),
)
Command = TypeVar("Command", bound=Callable[..., Any])


class Wishes(msgspec.Struct, frozen=True):
    """How it is to be taught; what it amounts to is part of a training's fingerprint."""

    steps: int
    batch: int
    rank: int
    learning_rate: float
    held_back: float
    seed: int


def take_wishes(command: Command) -> Command:
    """The options that make up the wishes."""
    for name, default, kind, text in reversed(WISHES):
        command = click.option(f"--{name}", default=default, show_default=True, type=kind, help=text)(command)
    return command


@click.command(context_settings=CONTEXT)
@config_option
@click.option("--base", required=True, help="The local model to teach, such as local/smolvlm2-500m.")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Conversations in OpenAI's form for fine-tuning: JSON lines with messages, images as data: URIs or files.",
)
@click.option("--name", default="", help="Name of the result, served as BASE:NAME; the data's file name if left out.")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder of the training; else beside the models."
)
@take_wishes
def finetune(config: Path | None, *, base: str, data: Path, name: str, output: Path | None, **wishes: float) -> int:
    """Teach a local model from example conversations, images included, by a LoRA that is served beside the model.

    Learning runs in a process of its own, on a GPU where there is one. Ctrl-C keeps its state, and the same command
    goes on with it. Its folder has the LoRA (GGUF), the loss as a picture, and the log.
    """
    check_installed()
    environment = read_environment()
    settings = read_settings(select_config_path(config, environment), environment)
    models_folder = select_models_folder(settings.local.folder, environment)
    model = ensure_model(settings, environment, strip_provider(base))
    tuned_name = check_name(f"{model.name}:{name or data.stem}")
    folder = (output or models_folder / FOLDER_NAME / tuned_name.replace(":", "-")).absolute()
    job = Job(model, models_folder, folder, msgspec.convert(wishes, Wishes), settings.local.threads)
    lora = asyncio.run(job.run(data, environment))
    row = build_tuned(model, tuned_name, lora)
    save_added(models_folder, {**load_added(models_folder), row.name: row})
    click.echo(f"Ask for it as {LOCAL_PROVIDER}/{row.name}; a running gateway knows it after SIGHUP or a restart.")
    return 0


class Job:
    """One training, told line by line."""

    def __init__(self, model: LocalModel, models_folder: Path, folder: Path, wishes: Wishes, threads: int) -> None:
        self._model = model
        self._models_folder = models_folder
        self._folder = folder
        self._wishes = wishes
        self._threads = threads
        self._history = History()

    async def run(self, data: Path, environment: Mapping[str, str]) -> Path:
        """The LoRA's file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        examples = load_examples(data)
        click.echo(f"{len(examples)} examples; {self._folder}")
        place = Place(IdSource().make(""))
        try:
            worker = build_spec(self._model, self._models_folder, place)
            laid_out = await lay_out(self._model, worker, environment, examples, self._folder)
        finally:
            place.remove()
        spec = self._build_spec(compute_fingerprint(laid_out, self._wishes))
        try:
            async with aclosing(run_training(spec, environment)) as reports:
                async for report in reports:
                    self.note(report)
        except asyncio.CancelledError:
            click.echo("Stopped. The same command goes on with it.")
            raise
        return self._folder / LORA_NAME

    def _build_spec(self, fingerprint: str) -> TrainingSpec:
        model, folder = self._model, self._models_folder
        return TrainingSpec(
            folder=str(self._folder),
            model_path=str(folder / model.file),
            mmproj_path=str(folder / model.mmproj) if model.mmproj else "",
            image_max_tokens=model.image_max_tokens,
            fingerprint=fingerprint,
            threads=self._threads or os.cpu_count() or 1,
            **msgspec.structs.asdict(self._wishes),
        )

    def note(self, report: Report) -> None:
        """Tell it as a line, and draw what has come so far."""
        match report:
            case Began(lessons, held_back, step, device, history):
                self._history = history
                goes_on = f", going on at step {step}" if step else ""
                click.echo(f"learning from {lessons} on {device}, {held_back} held back{goes_on}")
            case Stepped(step, loss):
                self._history.learnt.append((step, loss))
                click.echo(f"step {step}/{self._wishes.steps}  loss {loss:.4f}")
            case Checked(step, loss, right):
                self._history.checked.append((step, loss))
                click.echo(f"step {step}/{self._wishes.steps}  held back: loss {loss:.4f}, {right:.0%} right")
                self._draw()
            case Finished(path):
                self._draw()
                click.echo(f"the LoRA is {path}")
            case Failed(message):
                raise unavailable(message)

    def _draw(self) -> None:
        title = f"{self._model.name}: {self._folder.name}"
        (self._folder / PLOT_NAME).write_text(
            draw_plot(title, self._history.learnt, self._history.checked), encoding="utf-8"
        )

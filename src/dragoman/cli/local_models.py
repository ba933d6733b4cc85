"""`dragoman models list`, `pull`, `add` and `rm`: the models that run on this machine."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.commands import CONTEXT
from dragoman.cli.options import config_option
from dragoman.config.environment import read_environment
from dragoman.config.load import select_config_path
from dragoman.config.schema import Settings
from dragoman.config.sections.local import LOCAL_PROVIDER
from dragoman.engine.fetch import fetch_model
from dragoman.engine.hub import pull_model
from dragoman.engine.models import (
    LocalModel,
    Shelf,
    add_lora,
    build_added,
    find_model,
    is_present,
    load_added,
    load_shelf,
    save_added,
    select_models_folder,
)
from dragoman.engine.supervisor import explain_size, find_budget, is_installed
from dragoman.errors import DragomanError, Kind


class ListedModel(msgspec.Struct, frozen=True):
    """A local model, for people and for programs."""

    name: str
    is_here: bool
    label: str
    title: str
    size_bytes: int
    memory_bytes: int
    context_tokens: int


@click.command("list", context_settings=CONTEXT)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of lines.")
def list_local(config: Path | None, *, as_json: bool) -> int:
    """List the models that can run on this machine, and whether their files are here."""
    folder = read_folder(config, read_environment())
    listed = [describe(model, folder) for model in load_shelf(folder).values()]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(listed), indent=2))
        return 0
    for model in listed:
        state = "here" if model.is_here else f"to be fetched, {model.size_bytes >> 20} MiB"
        needs = f"{model.memory_bytes >> 20} MiB of memory, {model.context_tokens} tokens"
        click.echo(f"{model.name:<28} {state}; {needs}; {model.label} {model.title}".rstrip())
    return 0


@click.command(context_settings=CONTEXT)
@config_option
@click.argument("name")
@click.option(
    "--quant", default="", help="Quantisation to take from the hub, such as Q8_0; else the catalogue's choice."
)
@click.option("--context", type=click.IntRange(64), help="Context in tokens; else the catalogue's.")
def pull(config: Path | None, name: str, quant: str, context: int | None) -> int:
    """Fetch the files of a local model. What was cut off goes on where it was."""
    environment = read_environment()
    settings = read_settings(select_config_path(config, environment), environment)
    folder = select_models_folder(settings.local.folder, environment)
    shelf = load_shelf(folder)
    model = find_model(shelf, strip_provider(name))
    if is_present(model, folder) and not (quant or context):
        click.echo(f"{model.name} is here already.")
        return 0
    if context:
        model = msgspec.structs.replace(model, context_tokens=context)
    budget = find_budget(settings.local)
    is_told = tell_size(model, budget, shelf)
    model = fetch(model, folder, environment, quant)
    if not is_told:
        tell_size(model, budget, shelf)
    click.echo(f"Ask for it as {LOCAL_PROVIDER}/{model.name}; a running gateway knows it after SIGHUP or a restart.")
    return 0


def tell_size(model: LocalModel, budget: int, shelf: Shelf) -> bool:
    """Say so if a model would not be loaded here, and which would."""
    if model.memory_bytes <= budget:
        return False
    click.echo(explain_size(model, budget, {**shelf, model.name: model}), err=True)
    return True


def fetch(model: LocalModel, folder: Path, environment: Mapping[str, str], quant: str = "") -> LocalModel:
    """Get a model's files, with a bar; the row that it has from then on."""
    with click.progressbar(length=100, label=f"fetching {model.name}", file=sys.stderr) as bar:

        def tell(done: int, total: int) -> None:
            bar.update(max(done * 100 // total - bar.pos, 0))

        if model.hub is None:
            asyncio.run(fetch_model(model, folder, environment, tell))
            return model
        row = pull_model(model, folder, environment, tell, quant)
        save_added(folder, {**load_added(folder), row.name: row})
        return row


def ensure_model(settings: Settings, environment: Mapping[str, str], name: str) -> LocalModel:
    """The model of that name, fetched if it is not here."""
    folder = select_models_folder(settings.local.folder, environment)
    folder.mkdir(parents=True, exist_ok=True)
    model = find_model(load_shelf(folder), name)
    return model if is_present(model, folder) else fetch(model, folder, environment)


@click.command(context_settings=CONTEXT)
@config_option
@click.argument("name")
@click.option(
    "--path", "file", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The model, a GGUF file."
)
@click.option("--mmproj", type=click.Path(path_type=Path, dir_okay=False), help="Its projector for images.")
@click.option("--context", default=4096, show_default=True, type=click.IntRange(64), help="Context in tokens.")
@click.option("--lora", default="", metavar="FILE[=STRENGTH]", help="A LoRA file to lay on it, at 1 if not weaker.")
def add(config: Path | None, name: str, *, file: Path, mmproj: Path | None, context: int, lora: str) -> int:
    """Make a model file at hand known as local/NAME. The file stays where it is."""
    folder = read_folder(config, read_environment())
    row = build_added(strip_provider(name), file, mmproj, context)
    if lora:
        row = add_lora(row, *read_lora(lora))
    save_added(folder, {**load_added(folder), row.name: row})
    click.echo(f"Ask for it as {LOCAL_PROVIDER}/{row.name}; a running gateway knows it after SIGHUP or a restart.")
    if not is_installed():
        click.echo("Running it needs the extra: pip install 'dragoman[local]'.", err=True)
    return 0


def read_lora(words: str) -> tuple[Path, float]:
    """A file, and the strength that may stand behind it."""
    path, mark, strength = words.rpartition("=")
    try:
        return (Path(path), float(strength)) if mark else (Path(words), 1.0)
    except ValueError:
        return Path(words), 1.0  # the mark belongs to the file's name


@click.command(context_settings=CONTEXT)
@config_option
@click.argument("name")
def rm(config: Path | None, name: str) -> int:
    """Forget a model that was added, or delete the fetched file of one of the catalogue."""
    folder = read_folder(config, read_environment())
    added = dict(load_added(folder))
    name = strip_provider(name)
    if name in added:
        row = added.pop(name)
        save_added(folder, added)
        if row.hub is None:
            click.echo(f"{LOCAL_PROVIDER}/{name} is forgotten; its file was left alone.")
        else:
            delete_files(row, folder)
        return 0
    model = find_model(load_shelf(folder), name)
    if not is_present(model, folder):
        raise DragomanError(Kind.NOT_FOUND, f"Nothing of {name!r} is here.", blame="gateway")
    delete_files(model, folder)
    return 0


def delete_files(model: LocalModel, folder: Path) -> None:
    """Take away what was fetched, unless another model that was added has it as well."""
    shared = {name for row in load_added(folder).values() for name in (row.file, row.mmproj)}
    for name in filter(None, (model.file, model.mmproj)):
        if name in shared:
            click.echo(f"{folder / name} stays: another model has it too.")
        else:
            (folder / name).unlink(missing_ok=True)
            click.echo(f"{folder / name} is deleted.")


def read_folder(config: Path | None, environment: Mapping[str, str]) -> Path:
    """Where models are kept, as the gateway would have it."""
    settings = read_settings(select_config_path(config, environment), environment)
    return select_models_folder(settings.local.folder, environment)


def strip_provider(name: str) -> str:
    """`local/x` and `x` are the same here."""
    return name.removeprefix(f"{LOCAL_PROVIDER}/")


def describe(model: LocalModel, folder: Path) -> ListedModel:
    """A row, and whether its file is here."""
    return ListedModel(
        model.name,
        is_present(model, folder),
        model.label,
        model.title,
        model.size_bytes,
        model.memory_bytes,
        model.context_tokens,
    )

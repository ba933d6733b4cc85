"""Which files of a repository a model is, and bringing them here."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.engine.hub import HubFile, LargeFile, locate_file, pull_model, read_files, select_files
from dragoman.engine.models import Hub, LocalModel, is_present
from dragoman.errors import DragomanError
from tests.hub_double import HubDouble, running_hub

HUB = Hub("o/r", ["Q4_K_M", "Q8_0"], sees=True)
MODEL = LocalModel(name="m", title="M", memory_bytes=1000, hub=HUB)
FILES = {
    "m-F16.gguf": b"f" * 500,
    "m-Q8_0.gguf": b"8" * 300,
    "m-Q4_K_M.gguf": b"4" * 200,
    "mmproj-m-F16.gguf": b"F" * 90,
    "mmproj-m-Q8_0.gguf": b"E" * 60,
}


def listed(*names: str) -> list[HubFile]:
    return [HubFile(name, LargeFile("0" * 64, 9)) for name in names]


def chosen(names: tuple[str, ...], hub: Hub = HUB) -> list[str]:
    return [file.path for file in select_files(listed(*names), hub, hub.quantisations)]


def pull(hub: HubDouble, folder: Path, quantisation: str = "", model: LocalModel = MODEL) -> LocalModel:
    seen: list[tuple[int, int]] = []
    environment = {"HF_ENDPOINT": f"{hub.url}/"}
    row = pull_model(model, folder, environment, lambda done, total: seen.append((done, total)), quantisation)
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]
    return row


def test_the_first_quantisation_that_is_there_is_taken_with_the_smaller_projector() -> None:
    assert chosen(tuple(FILES)) == ["m-Q4_K_M.gguf", "mmproj-m-Q8_0.gguf"]
    assert chosen(("m-Q8_0.gguf", "mmproj-m-f16.gguf")) == ["m-Q8_0.gguf", "mmproj-m-f16.gguf"]
    assert chosen(("x-q4_k_m.gguf",), Hub("o/r", ["Q4_K_M"])) == ["x-q4_k_m.gguf"]


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("m-IQ4_K_M.gguf",),
        ("m-Q4_K_M-00001-of-00002.gguf",),
        ("mmproj-m-Q8_0.gguf",),
        ("m-Q4_K_M.gguf.txt",),
        ("-m-Q4_K_M.gguf",),
    ],
)
def test_what_does_not_fit_is_told_with_what_is_there(names: tuple[str, ...]) -> None:
    with pytest.raises(DragomanError, match="o/r has no file in Q4_K_M or Q8_0; there is"):
        chosen(names)


def test_files_without_a_checksum_are_not_taken() -> None:
    with pytest.raises(DragomanError, match="no file"):
        select_files([HubFile("m-Q4_K_M.gguf")], HUB, ["Q4_K_M"])
    with pytest.raises(DragomanError, match="no checksum"):
        locate_file(HUB, HubFile("a.gguf", LargeFile("short", 1)), {})


def test_a_mirror_is_named_by_the_environment_and_the_path_is_quoted() -> None:
    file = HubFile("dir/a b.gguf", LargeFile("0" * 64, 1))
    assert locate_file(HUB, file, {}).url.endswith(".co/o/r/resolve/main/dir/a%20b.gguf")
    remote = locate_file(HUB, file, {"HF_ENDPOINT": "http://mirror.test/", "HF_TOKEN": "t"})
    assert (remote.url, remote.token) == ("http://mirror.test/o/r/resolve/main/dir/a%20b.gguf", "t")


def test_pulling_brings_the_files_and_a_row_that_can_be_run(tmp_path: Path) -> None:
    with running_hub(FILES) as hub:
        row = pull(hub, tmp_path)
    assert (row.file, row.mmproj, row.size_bytes, row.sees) == ("m-Q4_K_M.gguf", "mmproj-m-Q8_0.gguf", 200, True)
    assert row.memory_bytes > 260
    assert is_present(row, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        name: FILES[name] for name in ("m-Q4_K_M.gguf", "mmproj-m-Q8_0.gguf")
    }


def test_another_quantisation_leaves_what_is_here_alone(tmp_path: Path) -> None:
    with running_hub(FILES) as hub:
        pull(hub, tmp_path)
        hub.ranges.clear()
        row = pull(hub, tmp_path, "Q8_0")
        assert row.file == "m-Q8_0.gguf"
        assert len(hub.ranges) == 1
        with pytest.raises(DragomanError, match="no file in Q2_K"):
            pull(hub, tmp_path, "Q2_K")


def test_a_list_that_is_none_is_refused() -> None:
    with running_hub({}) as hub:
        hub.listing = b"<html>"
        with pytest.raises(DragomanError, match="does not answer as a hub does"):
            read_files(HUB, {"HF_ENDPOINT": hub.url})


def test_a_model_of_no_hub_cannot_be_pulled_from_one(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match="not on a hub"):
        pull_model(LocalModel(name="x"), tmp_path, {}, lambda done, total: None)

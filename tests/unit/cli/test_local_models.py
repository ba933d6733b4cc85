"""`dragoman models list`, `pull`, `add` and `rm`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dragoman.cli.local_models import read_lora
from dragoman.cli.models import models
from dragoman.engine.models import STARTER, load_catalogue
from dragoman.errors import DragomanError
from tests.hub_double import running_hub
from tests.tiny_models import SEER, SEER_EYE, SHIFT, THINKER


def run(*arguments: str) -> Result:
    return CliRunner().invoke(models, arguments, standalone_mode=False, catch_exceptions=False)


def listed() -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(run("list", "--json").stdout)}


def put_starter(folder: Path) -> Path:
    """A file as long as the starter's, without its content."""
    row = load_catalogue()[STARTER]
    path = folder / "cache/dragoman/models" / row.file
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(row.size_bytes)
    return path


def test_the_catalogue_is_listed_with_what_is_here(folder: Path) -> None:
    assert not listed()[STARTER]["is_here"]
    assert f"{STARTER:<28} to be fetched, 93 MiB; " in run("list").stdout
    put_starter(folder)
    assert listed()[STARTER]["is_here"]
    assert f"{STARTER:<28} here; " in run("list").stdout


def test_a_file_at_hand_becomes_a_model_that_clients_can_ask_for() -> None:
    result = run("add", "mine", "--path", str(SEER), "--mmproj", str(SEER_EYE), "--context", "512")
    assert "Ask for it as local/mine" in result.stdout
    assert (listed()["mine"]["label"], listed()["mine"]["context_tokens"]) == ("added", 512)
    assert "local/mine\n" in run().stdout


def test_a_lora_is_laid_on_under_a_name_of_its_own(folder: Path) -> None:
    run("add", "mine:shift", "--path", str(SEER), "--lora", str(SHIFT))
    assert "local/mine:shift\n" in run().stdout
    assert str(SHIFT) in (folder / "cache/dragoman/models/models.json").read_text()


@pytest.mark.parametrize(
    ("words", "lora"), [("a.gguf", ("a.gguf", 1.0)), ("a.gguf=0.5", ("a.gguf", 0.5)), ("a=b.gguf", ("a=b.gguf", 1.0))]
)
def test_a_lora_may_have_a_strength(words: str, lora: tuple[str, float]) -> None:
    assert read_lora(words) == (Path(lora[0]), lora[1])


def test_an_added_model_is_forgotten_and_its_file_stays() -> None:
    run("add", "local/mine", "--path", str(THINKER))
    assert "forgotten" in run("rm", "local/mine").stdout
    assert "mine" not in listed()
    assert THINKER.exists()


def test_a_fetched_file_is_deleted(folder: Path) -> None:
    path = put_starter(folder)
    assert "is deleted" in run("rm", STARTER).stdout
    assert not path.exists()
    with pytest.raises(DragomanError, match="Nothing of"):
        run("rm", STARTER)


def test_what_is_here_is_not_fetched_again(folder: Path) -> None:
    put_starter(folder)
    assert "here already" in run("pull", f"local/{STARTER}").stdout


def test_what_cannot_be_fetched_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_OFFLINE", "UV_NO_INDEX", "PIP_NO_INDEX"):
        monkeypatch.setenv(name, "1")
    with pytest.raises(DragomanError, match="could not be fetched"):
        run("pull", STARTER)


def test_a_model_of_the_hub_is_pulled_run_from_then_on_and_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not listed()["smollm3-3b"]["is_here"]
    assert "local/smollm3-3b" not in run().stdout
    with running_hub({"SmolLM3-Q4_K_M.gguf": THINKER.read_bytes(), "SmolLM3-Q8_0.gguf": b"GGUF"}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        result = run("pull", "smollm3-3b")
        assert "fetching smollm3-3b" in result.stderr
        assert "local/smollm3-3b; a running gateway" in result.stdout
        assert "here already" in run("pull", "smollm3-3b").stdout
        assert len(hub.ranges) == 1
        run("pull", "smollm3-3b", "--quant", "Q8_0")
        assert len(hub.ranges) == 2
    assert listed()["smollm3-3b"]["is_here"]
    assert "local/smollm3-3b\n" in run().stdout
    assert "SmolLM3-Q8_0.gguf is deleted" in run("rm", "smollm3-3b").stdout
    assert not listed()["smollm3-3b"]["is_here"]


def test_a_context_of_ones_own_is_counted_in_what_a_model_needs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "dragoman.yaml").write_text("local: {memory_mib: 160}\n")
    with running_hub({"SmolLM3-Q4_K_M.gguf": THINKER.read_bytes()}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        told = run("pull", "smollm3-3b")
        assert "needs 2574 MiB of memory and local models may have 160 MiB" in told.stderr
        first = listed()["smollm3-3b"]
        assert "needs" not in run("pull", "smollm3-3b", "--context", "16384").stderr
        assert listed()["smollm3-3b"]["context_tokens"] == 16_384
        assert int(str(listed()["smollm3-3b"]["memory_bytes"])) - int(str(first["memory_bytes"])) == 8192 * 512
        told = run("pull", "smollm3-3b", "--context", "100000")
        assert "needs 176 MiB" in told.stderr
        assert "smollm3-3b" not in told.stderr.partition("would fit")[2]
        assert len(hub.ranges) == 1


def test_files_that_another_model_has_as_well_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"SmolVLM2-256M-Q8_0.gguf": SEER.read_bytes(), "mmproj-SmolVLM2-256M-Q8_0.gguf": SEER_EYE.read_bytes()}
    with running_hub(files) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        run("pull", "smolvlm2-256m")
        run("pull", "smolvlm2-256m:video")
    assert run("rm", "smolvlm2-256m").stdout.count("stays") == 2
    assert listed()["smolvlm2-256m:video"]["is_here"]
    assert run("rm", "smolvlm2-256m:video").stdout.count("is deleted") == 2


@pytest.mark.parametrize("command", ["pull", "rm"])
def test_a_name_that_nobody_knows_is_answered_with_the_nearest(command: str) -> None:
    with pytest.raises(DragomanError, match=f"Did you mean '{STARTER}'"):
        run(command, "smollm2")


def test_the_folder_of_the_configuration_counts(folder: Path) -> None:
    (folder / "dragoman.yaml").write_text(f"local: {{folder: {folder}/elsewhere}}\n")
    run("add", "mine", "--path", str(THINKER))
    assert (folder / "elsewhere/models.json").is_file()

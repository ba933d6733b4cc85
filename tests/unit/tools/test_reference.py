"""The reference is made of the code, wholly, and is up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from dragoman.catalog.providers import load_rows
from dragoman.cli.commands import COMMANDS
from dragoman.config.load import parse_settings
from tools import reference
from tools.reference import build_pages, list_sections, list_settings, main, read_meanings

ROOT = Path(reference.ROOT)
EXAMPLE = ROOT / "dragoman.example.yaml"


def test_the_reference_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("section", list(list_sections()), ids=lambda section: section[1] or "top")
def test_every_setting_is_explained(section: tuple[type, str]) -> None:
    struct, prefix = section
    assert struct.__doc__
    for setting in list_settings(struct, prefix):
        assert len(setting.meaning.split()) >= 3, f"{setting.path} is not explained"
        assert setting.meaning.endswith(".")


def test_every_struct_of_the_schema_has_a_section() -> None:
    folder = ROOT / "src" / "dragoman" / "config"
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    written = set(re.findall(r"^class (\w*Settings)\(", text, re.MULTILINE))
    assert {struct.__name__ for struct, _ in list_sections()} == written


def test_a_field_without_a_text_below_it_has_no_meaning() -> None:
    assert read_meanings(reference.Setting) == {}


def test_the_pages_name_every_provider_and_command() -> None:
    pages = build_pages()
    assert all(f"| `{name}` |" in pages["providers.md"] for name in load_rows())
    assert all(f"## dragoman {name}\n" in pages["cli.md"] for name in COMMANDS)
    assert "`server.port` | whole number | `8642` |" in pages["configuration.md"]


def test_drift_is_found_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "FOLDER", tmp_path / "reference")
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
    page = tmp_path / "reference" / "cli.md"
    page.write_text(page.read_text(encoding="utf-8") + "by hand", encoding="utf-8")
    assert main(["--check"]) == 1


def test_the_example_is_a_sound_configuration_of_more_than_a_few_settings() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    names = set(re.findall(r"\$\{(\w+)\}", text))
    environment = {name: f"value-of-{name}-{number}" for number, name in enumerate(sorted(names))}
    settings = parse_settings(text, environment, load_rows(), (), str(EXAMPLE))
    assert set(yaml.safe_load(text)) <= set(settings.__struct_fields__)
    assert len(settings.providers) >= 4
    assert {"smart", "quick", "work-*", "anything", "fast", "private", "spread"} == settings.routes.keys()

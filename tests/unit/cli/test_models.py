"""`dragoman models`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from dragoman.cli.models import list_models, models
from tests.unit.config.loading import FOUND_ALPHA, load

TEXT = "providers: {local: , asleep: {row: alpha, enabled: false}}\nroutes: {r: {targets: [local/x], aliases: [s]}}\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(models, arguments, standalone_mode=False, catch_exceptions=False)


def test_routes_come_before_what_providers_are_known_to_have() -> None:
    listed = list_models(
        load("routes: {r: {targets: [alpha/x], aliases: [s]}, alpha/a-1: alpha/z}", found=(FOUND_ALPHA,))
    )
    assert [(one.name, one.targets) for one in listed] == [
        ("r", ["alpha/x"]),
        ("s", ["alpha/x"]),
        ("alpha/a-1", ["alpha/z"]),
        ("alpha/a-2", ["alpha/a-2"]),
    ]


def test_a_provider_that_is_switched_off_has_no_models() -> None:
    assert [one.name for one in list_models(load(TEXT))] == ["r", "s"]


def test_they_are_printed_as_lines_or_as_json(folder: Path) -> None:
    (folder / "dragoman.yaml").write_text("providers: {ollama: {models: [m]}}\nroutes: {r: [ollama/a, ollama/b]}\n")
    assert run().stdout == "r → ollama/a, ollama/b\nollama/m\n"
    assert json.loads(run("--json").stdout) == [
        {"name": "r", "targets": ["ollama/a", "ollama/b"]},
        {"name": "ollama/m", "targets": ["ollama/m"]},
    ]


def test_where_nobody_else_is_there_the_starter_is_listed() -> None:
    assert run().stdout == "default → local/smollm2-135m\nlocal/smollm2-135m\nlocal/all-minilm-l6-v2\n"


def test_an_empty_list_says_where_to_look(folder: Path) -> None:
    (folder / "dragoman.yaml").write_text("local: {enabled: false}\n")
    result = run()
    assert (result.stdout, result.return_value) == ("", 0)
    assert "see dragoman check" in result.stderr

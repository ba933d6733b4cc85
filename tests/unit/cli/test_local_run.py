"""`dragoman models run` and `ps`."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from dragoman.cli.models import models
from tests.tiny_models import THINKER

SAID = "What does a cow say?"


def run(*arguments: str, lines: str | None = None) -> Result:
    return CliRunner().invoke(models, arguments, input=lines, standalone_mode=False, catch_exceptions=False)


def test_one_question_gets_one_answer_and_lines_get_one_each() -> None:
    run("add", "mine", "--path", str(THINKER), "--context", "2048")
    once = run("run", "local/mine", SAID).stdout
    assert len(once.strip()) > 2
    many = run("run", "mine", lines=f"{SAID}\n\n{SAID}\n").stdout
    assert len(many.strip()) > len(once.strip())


def test_workers_are_listed_for_people_and_for_programs() -> None:
    assert isinstance(json.loads(run("ps", "--json").stdout), list)
    assert run("ps").return_value == 0

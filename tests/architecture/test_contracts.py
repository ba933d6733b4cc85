"""The contracts between the rooms bite: each is shown a small house that breaks it, and one that does not.

`make imports` holds the real house against the same contracts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.architecture.source import ROOT

House = Mapping[str, str]

SOUND: House = {
    "errors": "",
    "model/content": "from HOUSE import errors",
    "wire/sse": "from HOUSE import errors",
    "dialects/base": "from HOUSE.model import content",
    "dialects/openai_chat/parse": "from HOUSE.dialects import base",
    "dialects/anthropic_messages/parse": "from HOUSE.wire import sse",
    "dialects/registry": "from HOUSE.dialects.openai_chat import parse",
    "service/exchange": "from HOUSE.dialects import registry",
    "bootstrap": "from HOUSE.service import exchange",
}

BROKEN: dict[str, tuple[str, House]] = {
    "an import goes up": ("floors", {"model/content": "from HOUSE.service import exchange"}),
    "an import goes two floors up": ("floors", {"errors": "from HOUSE.dialects import base"}),
    "the model knows a dialect": ("floors", {"model/content": "from HOUSE.dialects.openai_chat import parse"}),
    "neighbours know each other": ("floors", {"model/content": "from HOUSE.wire import sse"}),
    "routing knows a dialect": ("floors", {"routing/plan": "from HOUSE.dialects import base"}),
    "a room is not in the drawing": ("floors", {"attic/box": ""}),
    "an import only for types goes up": (
        "floors",
        {"model/content": "import typing\nif typing.TYPE_CHECKING:\n    from HOUSE.service import exchange"},
    ),
    "a dialect knows another": (
        "dialects",
        {"dialects/openai_chat/parse": "from HOUSE.dialects.anthropic_messages import parse"},
    ),
    "a dialect knows the registry": (
        "dialects",
        {"dialects/anthropic_messages/parse": "from HOUSE.dialects import registry"},
    ),
    "a dialect is not in the drawing": ("dialects", {"dialects/esperanto/parse": ""}),
    "two modules of a room know each other": (
        "cycles",
        {"service/exchange": "from HOUSE.service import keys", "service/keys": "from HOUSE.service import exchange"},
    ),
}


def build_house(folder: Path, house: House) -> Path:
    """Write a package of these modules and the contracts of `pyproject.toml` for it."""
    name = folder.name.replace("-", "_")
    for module, text in house.items():
        path = folder / name / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("HOUSE", name))
    for package in [folder / name, *(path for path in (folder / name).rglob("*") if path.is_dir())]:
        (package / "__init__.py").touch()
    config = folder / "pyproject.toml"
    config.write_text((ROOT / "pyproject.toml").read_text("utf-8").replace("dragoman", name))
    return config


@pytest.fixture(autouse=True)
def kept_loggers() -> Iterator[None]:
    """The linter's own set-up of logging silences every logger there is; other tests still need theirs."""
    loggers = [logger for logger in logging.root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    disabled = [logger for logger in loggers if logger.disabled]
    yield
    for logger in loggers:
        logger.disabled = logger in disabled


@pytest.fixture
def house_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sound_house_is_accepted(house_folder: Path) -> None:
    config = build_house(house_folder, SOUND)
    assert lint_imports(config_filename=str(config), no_cache=True, no_logo=True) == 0


@pytest.mark.parametrize("fault", BROKEN)
def test_a_house_is_refused_when(fault: str, house_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contract, house = BROKEN[fault]
    config = build_house(house_folder, {**SOUND, **house})
    status = lint_imports(config_filename=str(config), limit_to_contracts=(contract,), no_cache=True, no_logo=True)
    assert status == 1
    assert "0 kept, 1 broken" in capsys.readouterr().out

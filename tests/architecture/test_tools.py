"""The tools that make the environment and guard the coverage decide as they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import coverage_gate, setup


def report(**branches: tuple[int, int]) -> dict[str, object]:
    return {
        "meta": {"branch_coverage": True},
        "files": {
            f"src/dragoman/{name}.py": {"summary": {"num_branches": there, "covered_branches": taken}}
            for name, (there, taken) in branches.items()
        },
    }


def write_report(folder: Path, **branches: tuple[int, int]) -> list[str]:
    path = folder / "report.json"
    path.write_text(json.dumps(report(**branches)))
    return [str(path)]


def test_branches_are_summed_by_room_and_only_in_the_core() -> None:
    rooms = coverage_gate.count_branches(
        report(**{"wire/sse": (10, 9), "wire/json": (10, 10), "errors": (2, 2), "http/edge": (50, 0)})
    )
    assert rooms == {"errors.py": (2, 2), "wire/": (20, 19)}


def test_a_core_below_the_floor_fails_and_says_by_how_much(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert coverage_gate.main(write_report(tmp_path, errors=(100, 94))) == 1
    assert "94.00 %" in capsys.readouterr().out


def test_a_core_at_the_floor_passes_whatever_the_shell_has(tmp_path: Path) -> None:
    assert coverage_gate.main(write_report(tmp_path, **{"errors": (100, 95), "http/edge": (100, 0)})) == 0


def test_a_report_of_a_run_that_reached_nothing_fails(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"meta": {"branch_coverage": False}, "files": {}}))
    assert coverage_gate.main([str(path)]) == 1


def test_a_room_without_branches_is_wholly_covered() -> None:
    assert coverage_gate.Branches(0, 0).percent == 100.0


def test_the_installer_sees_no_other_environment_and_fetches_no_python() -> None:
    environment = setup.build_environment({"VIRTUAL_ENV": "elsewhere", "PATH": "bin"}, has_certificates=False)
    assert environment["PATH"] == "bin"
    assert environment["UV_PYTHON_DOWNLOADS"] == "never"
    assert environment["UV_PROJECT_ENVIRONMENT"].endswith(".venv")
    assert not environment.keys() & {"VIRTUAL_ENV", "UV_SYSTEM_CERTS"}


def test_the_installer_trusts_whom_the_machine_trusts_unless_told_otherwise() -> None:
    assert setup.build_environment({}, has_certificates=True)["UV_SYSTEM_CERTS"] == "true"
    assert setup.build_environment({"UV_SYSTEM_CERTS": "0"}, has_certificates=True)["UV_SYSTEM_CERTS"] == "0"


def test_the_pinned_version_is_read_from_the_requirements() -> None:
    assert setup.pinned_version("# why\nuv==1.2.3 \\\n    --hash=sha256:00\n") == "1.2.3"


def test_an_empty_folder_or_a_missing_file_holds_no_certificates(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "ca.pem").write_text("…")
    (tmp_path / "empty").mkdir()
    found = [setup.is_filled(tmp_path / name) for name in ("full", "full/ca.pem", "empty", "missing")]
    assert found == [True, True, False, False]

"""What the files beside the code promise: the lock file, the decisions, the change log, the ways in."""

from __future__ import annotations

import os
import re
import tomllib
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.architecture.source import ROOT
from tools.decisions import FOLDER, build_index, read_pages, title_of

PUBLIC_INDEX = {".".join(("py" + "pi", "org")), ".".join(("files", "python" + "hosted", "org"))}
PARAGRAPHS = ("Context", "Choice", "Measured", "Rejected")
PAGES = read_pages(FOLDER)


def read_lock() -> list[dict[str, Any]]:
    packages: list[dict[str, Any]] = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    return packages


def urls_in(text: str) -> list[str]:
    return re.findall(r"""https?://[^\s"'<>]+""", text)


def test_the_lock_file_names_only_the_public_index() -> None:
    hosts = {urlsplit(url).hostname for url in urls_in((ROOT / "uv.lock").read_text("utf-8"))}
    assert hosts == PUBLIC_INDEX


def test_every_locked_file_has_a_hash() -> None:
    files = [file for package in read_lock() for file in [*package.get("wheels", []), package.get("sdist")] if file]
    assert len(files) > 100
    assert [file["url"] for file in files if not file.get("hash", "").startswith("sha256:")] == []


def test_everything_locked_comes_from_the_index_but_the_project_itself() -> None:
    assert [package["name"] for package in read_lock() if "registry" not in package["source"]] == ["dragoman"]


def test_the_installer_is_pinned_to_one_version_and_to_hashes() -> None:
    lines = (ROOT / "tools" / "uv-requirements.txt").read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert re.fullmatch(r"uv==[0-9.]+ \\", wanted[0])
    assert len(wanted) > 10
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in wanted[1:])


def test_the_list_of_decisions_is_up_to_date() -> None:
    assert (FOLDER / "README.md").read_text("utf-8") == build_index(PAGES), "make docs"


def test_the_list_of_decisions_links_every_page_by_its_title() -> None:
    index = build_index({"0007-a.md": "# Money is whole\n\nText", "0008-b.md": "# Time is given\n"})
    assert index.endswith("- 0007 [Money is whole](0007-a.md)\n- 0008 [Time is given](0008-b.md)\n")


@pytest.mark.parametrize("name", PAGES)
def test_a_decision_has_a_title_and_its_four_paragraphs(name: str) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)
    assert len(title_of(PAGES[name]).split()) >= 4
    assert [word for word in PARAGRAPHS if f"**{word}" not in PAGES[name]] == []


def test_no_two_decisions_share_a_number() -> None:
    numbers = [name[:4] for name in PAGES]
    assert len(set(numbers)) == len(numbers)


def test_the_change_log_opens_with_what_is_not_released_yet() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])


def test_the_change_log_keeps_its_lines_short() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 120] == []


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").rstrip().endswith("make --no-print-directory test")


def test_every_target_that_is_not_a_file_says_so() -> None:
    text = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", text, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == targets

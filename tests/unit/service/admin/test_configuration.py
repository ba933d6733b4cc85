"""The file is read, checked and replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.bootstrap.settings import parse_text
from dragoman.config.problems import Problems
from dragoman.config.schema import Settings
from dragoman.errors import DragomanError
from dragoman.service.admin.configuration import Configuration, compute_version, replace_file

ENVIRONMENT = {"HOME": "/nowhere"}
TEXT = "providers: {openai: {api_key: a-quite-long-secret}}\n"


class Office:
    """A configuration over a file, and how often it was read again."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.settings = self.parse(TEXT, Problems("x"))
        self.reloads = 0
        self.is_stuck = False
        self.configuration = Configuration(path, self.parse, lambda: self.settings, self.reload)

    def parse(self, text: str, problems: Problems) -> Settings:
        return parse_text(text, ENVIRONMENT, problems)

    def reload(self) -> None:
        self.reloads += 1
        if self.path is not None and not self.is_stuck:
            self.settings = self.parse(self.path.read_text(), Problems("x"))


def make_office(folder: Path, text: str = TEXT) -> Office:
    path = folder / "dragoman.yaml"
    path.write_text(text)
    return Office(path)


def test_without_a_file_everything_is_seen_and_nothing_can_be_written() -> None:
    configuration = Office(None).configuration
    view = configuration.read()
    assert (view.path, view.text, view.is_writable) == (None, "", False)
    assert view.settings
    with pytest.raises(DragomanError, match="without a configuration file"):
        configuration.write("x", view.version)


def test_a_file_that_is_broken_is_shown_all_the_same(tmp_path: Path) -> None:
    office = make_office(tmp_path, "providers: {openai: {api_key: a-quite-long-secret\nbroken: [")
    view = office.configuration.read()
    assert "a-quite-long-secret" not in view.text
    assert "broken: [" in view.text
    fixed = office.configuration.write(TEXT, view.version)
    assert "<kept secret 1>" in fixed.text
    assert office.reloads == 1


def test_a_secret_of_a_file_that_is_not_in_force_yet_is_hidden_too(tmp_path: Path) -> None:
    office = make_office(tmp_path, TEXT.replace("a-quite-long-secret", "zzzz-yyyy-xxxx"))
    assert "zzzz-yyyy-xxxx" not in office.configuration.read().text


def test_two_people_cannot_undo_each_other_unseen(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    version = office.configuration.read().version
    office.configuration.write(TEXT + "# first\n", version)
    with pytest.raises(DragomanError) as caught:
        office.configuration.write(TEXT + "# second\n", version)
    assert caught.value.status == 412
    assert (tmp_path / "dragoman.yaml").read_text() == TEXT + "# first\n"


def test_settings_that_cannot_be_gone_by_are_not_told_as_done(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    office.is_stuck = True
    changed = TEXT + "server: {port: 99}\n"
    with pytest.raises(DragomanError, match="old settings stay"):
        office.configuration.write(changed, office.configuration.read().version)


def test_a_comparison_of_a_wrong_text_tells_its_mistakes(tmp_path: Path) -> None:
    told = make_office(tmp_path).configuration.compare("routes: {x: [nobody/y]}\n")
    assert told.changes == []
    assert told.problems[0].where == "line 1"
    assert "-providers" in told.diff


def test_a_file_keeps_its_rights_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")
    path.chmod(0o640)
    replace_file(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)
    replace_file(tmp_path / "b.yaml", "first")
    assert (tmp_path / "b.yaml").stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.yaml", "b.yaml"]


def test_a_version_is_that_of_the_text() -> None:
    assert compute_version("a") == compute_version("a") != compute_version("b")

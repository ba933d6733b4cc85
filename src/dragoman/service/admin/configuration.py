"""The configuration's file as the console shows and changes it: with the origin of every setting, without its secrets,
checked before it is written, written in one step, in force at once.

A change names the version that it builds on, so that two people cannot undo each other unseen.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from dragoman.config.problems import Problems
from dragoman.config.schema import Settings
from dragoman.errors import DragomanError, Kind
from dragoman.service.admin.hiding import Hidden, hide_secrets, list_secrets, restore_secrets, stand_in
from dragoman.service.admin.settings_view import Change, SettingView, list_changes, list_settings

MAX_BYTES = 1024 * 1024
NO_FILE = (
    "The gateway runs without a configuration file; start it with `--config dragoman.yaml` to change settings here."
)

Parse = Callable[[str, Problems], Settings]
"""Settings out of a text, for the gateway's own environment; raises after it has noted every mistake."""


class ConfigView(msgspec.Struct, frozen=True):
    """The file as it is now. Without one there is no path, and everything comes from the environment."""

    path: str | None
    version: str
    text: str
    settings: list[SettingView]
    is_writable: bool


class ConfigText(msgspec.Struct, frozen=True):
    """A text to look at or to put in the file's place."""

    text: str


class ConfigProblem(msgspec.Struct, frozen=True):
    """One mistake: where it is in the settings, what is wrong, and where that was read."""

    path: str
    message: str
    where: str


class Verdict(msgspec.Struct, frozen=True):
    """Whether a text would be taken, and what it comes to."""

    is_valid: bool
    problems: list[ConfigProblem]
    settings: list[SettingView] = []


class Difference(msgspec.Struct, frozen=True):
    """What a text would change: line by line, and setting by setting."""

    diff: str
    changes: list[Change]
    problems: list[ConfigProblem]


class Configuration:
    """`read_current` gives the settings in force; `reload` reads the file again and says whether that worked."""

    def __init__(
        self, path: Path | None, parse: Parse, read_current: Callable[[], Settings], reload: Callable[[], object]
    ) -> None:
        self._path = path
        self._parse = parse
        self._read_current = read_current
        self._reload = reload

    def read(self) -> ConfigView:
        """The file, and every setting."""
        text = self._read_text()
        hidden = self._hide(text)
        places, settings = self._find_places(text)
        return ConfigView(
            path=str(self._path) if self._path is not None else None,
            version=compute_version(text),
            text=hidden.text,
            settings=list_settings(settings, places),
            is_writable=self._path is not None and os.access(self._path.parent, os.W_OK),
        )

    def validate(self, shown: str) -> Verdict:
        """Whether a text would be taken. No secret is put into it for that, so that none can come out in an answer."""
        problems = Problems("The text")
        try:
            settings = self._parse(stand_in(shown, self._hide(self._read_text()).kept), problems)
        except DragomanError as error:
            return Verdict(is_valid=False, problems=_list_problems(problems, error))
        return Verdict(is_valid=True, problems=[], settings=list_settings(settings, problems.places))

    def compare(self, shown: str) -> Difference:
        """What a text would change."""
        hidden = self._hide(self._read_text())
        lines = difflib.unified_diff(
            hidden.text.splitlines(keepends=True), shown.splitlines(keepends=True), "in force", "changed"
        )
        problems = Problems("The text")
        try:
            before = self._parse(stand_in(hidden.text, hidden.kept), Problems("The file"))
            after = self._parse(stand_in(shown, hidden.kept), problems)
        except DragomanError as error:
            return Difference("".join(lines), [], _list_problems(problems, error))
        return Difference("".join(lines), list_changes(before, after), [])

    def parse_shown(self, shown: str) -> Settings:
        """What a text comes to, without its secrets; raises with what is wrong."""
        return self._parse(stand_in(shown, self._hide(self._read_text()).kept), Problems("The text"))

    def write(self, shown: str, version: str) -> ConfigView:
        """Put a text in the file's place and go by it; raises if the file has changed, or if the text is not right."""
        if self._path is None:
            raise DragomanError(Kind.CONFLICT, NO_FILE, code="no_file")
        current = self._read_text()
        if version.strip('"') != compute_version(current):
            message = "The file has changed since you read it; read it again and make your change in what is there now."
            raise DragomanError(Kind.CONFLICT, message, status=412, code="stale")
        text = restore_secrets(shown, self._hide(current).kept)
        wanted = self._parse(text, Problems("The text"))
        replace_file(self._path, text)
        self._reload()
        if self._read_current() != wanted:
            message = (
                "The file is written, but the gateway could not go by it; its log says why. The old settings stay."
            )
            raise DragomanError(Kind.INTERNAL, message, blame="gateway", code="not_in_force")
        return self.read()

    def _read_text(self) -> str:
        if self._path is None or not self._path.is_file():
            return ""
        return self._path.read_bytes()[:MAX_BYTES].decode("utf-8-sig", "replace")

    def _hide(self, text: str) -> Hidden:
        return hide_secrets(text, self._list_secrets(text))

    def _list_secrets(self, text: str) -> list[str]:
        """The secrets in force, and those of a file that is there but not in force yet."""
        secrets = [*list_secrets(self._read_current())]
        problems = Problems("The file")
        try:
            secrets += list_secrets(self._parse(text, problems))
        except DragomanError:
            return secrets
        return secrets

    def _find_places(self, text: str) -> tuple[Mapping[str, str], Settings]:
        """Where each setting of the file was read. A file that is not right is not in force."""
        problems = Problems("The file")
        try:
            settings = self._parse(text, problems)
        except DragomanError:
            return problems.places, self._read_current()
        return problems.places, settings


def _list_problems(problems: Problems, error: DragomanError) -> list[ConfigProblem]:
    found = [ConfigProblem(*mistake) for mistake in problems.list_mistakes()]
    return found or [ConfigProblem("", error.message, "")]


def compute_version(text: str) -> str:
    """A text's own name."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def replace_file(path: Path, text: str) -> None:
    """Write the whole file anew, or not at all; who may read it stays as it was."""
    fresh = path.with_name(f".{path.name}.new")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.chmod(mode)
    fresh.replace(path)

"""From a file and an environment to `Settings`, or to one error that names every mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from msgspec import inspect

from dragoman.config.document import Node, parse_document
from dragoman.config.environment import API_KEYS, CONFIG_PATH, OVERRIDES
from dragoman.config.known import Found, KnownRows
from dragoman.config.problems import Problems, configuration_error
from dragoman.config.resolve import resolve_settings
from dragoman.config.schema import Settings
from dragoman.config.validate import Validator

DEFAULT_PATH = Path("dragoman.yaml")
MAX_FILE_BYTES = 1024 * 1024


def select_config_path(given: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The file to read: the one given, else the one that DRAGOMAN_CONFIG names, else ./dragoman.yaml if there is one."""
    named = environment.get(CONFIG_PATH)
    if given is None and named:
        given = Path(named)
    if given is None:
        return DEFAULT_PATH if DEFAULT_PATH.is_file() else None
    return given


def load_settings(
    path: Path | None, environment: Mapping[str, str], rows: KnownRows | None = None, found: Iterable[Found] = ()
) -> Settings:
    """Read, check and complete everything.

    `rows` is what the catalogue knows and `found` what it sees in the environment; without them a provider needs its
    dialect, its base URL and its keys written out.
    """
    path = select_config_path(path, environment)
    text = _read_text(path) if path is not None else ""
    source = str(path) if path is not None else "The environment"
    return parse_settings(text, environment, rows or {}, found, source)


def parse_settings(
    text: str, environment: Mapping[str, str], rows: KnownRows, found: Iterable[Found], source: str | Problems
) -> Settings:
    """The same for a text that is at hand. Who wants to look at the problems, and at where each setting was read, gives
    them instead of the name of the source."""
    problems = Problems(source) if isinstance(source, str) else source
    document = parse_document(text, environment, problems)
    _lay_over(document, environment)
    kind = cast("Any", inspect.type_info(Settings))
    parsed: Settings = Validator(problems).read(kind, document, "")
    problems.raise_any()
    settings = resolve_settings(parsed, rows, found, problems)
    problems.raise_any()
    return settings


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise configuration_error(f"{path} is larger than {MAX_FILE_BYTES} bytes.")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise configuration_error(f"There is no file {path}. Copy dragoman.example.yaml to begin with.") from None
    except OSError as error:
        raise configuration_error(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise configuration_error(f"{path} is not UTF-8 text.") from None


def _lay_over(document: Node, environment: Mapping[str, str]) -> None:
    """Put what the environment says above what the file says."""
    for variable, (section, name) in OVERRIDES.items():
        value = environment.get(variable)
        if value:
            members = _open_section(document, section)
            if members is not None:
                members[name] = Node(value, variable, is_referenced=True)
    for variable in API_KEYS:
        for number, secret in enumerate(filter(None, map(str.strip, environment.get(variable, "").split(","))), 1):
            name = variable if number == 1 else f"{variable}#{number}"
            _add_key(document, name, Node(secret, variable, is_referenced=True))


def _add_key(document: Node, name: str, secret: Node) -> None:
    members = _open_section(document, "auth")
    if members is None:
        return
    keys = members.setdefault("keys", Node([], secret.where))
    if keys.value is None:
        keys.value = []
    elif not isinstance(keys.value, list):
        keys.value = [Node(keys.value, keys.where, keys.is_referenced)]
    keys.value.append(Node({"name": Node(name, secret.where), "secret": secret}, secret.where))


def _open_section(document: Node, section: str) -> dict[str, Node] | None:
    """The members of a section of the file, made where it is missing; None where the file has something else there."""
    if document.is_broken or not isinstance(document.value, dict):
        return None
    node = document.value.setdefault(section, Node({}))
    if node.value is None:
        node.value = {}
    return node.value if isinstance(node.value, dict) else None

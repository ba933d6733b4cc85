"""`${NAME}` and `${NAME:-default}` in the texts of a configuration file; `$${` stands for a plain `${`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dragoman.config.problems import suggest

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}?")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


class BadReferenceError(ValueError):
    """A reference that leads nowhere; the text says how to mend it."""


def fill_references(text: str, environment: Mapping[str, str]) -> str:
    """The text with its references replaced. As in a shell, a default also stands in for an empty variable."""
    return _REFERENCE.sub(lambda match: _resolve(match, environment), text)


def _resolve(match: re.Match[str], environment: Mapping[str, str]) -> str:
    if match[0] == "$${":
        return "${"
    parts = _NAME.fullmatch(match[1]) if match[0].endswith("}") else None
    if parts is None:
        raise BadReferenceError("A reference must look like ${NAME} or ${NAME:-default}; write $${ for a plain ${.")
    name, default = parts.groups()
    value = environment.get(name)
    if default is not None:
        return value or default
    if value is None:
        near = suggest(name, environment)
        raise BadReferenceError(
            f"The environment variable {name} is not set.{near} Set it, or write ${{{name}:-a default}}."
        )
    return value

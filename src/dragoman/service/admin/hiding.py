"""A configuration's text without its secrets, and back again. Pure.

Whatever is a secret, or looks like one, is shown as `<kept secret 1>`; when the text comes back, each such mark becomes
what it stood for. A mark that nothing stands behind is a mistake, so that nobody saves a mark as a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from dragoman.config.problems import configuration_error
from dragoman.model.secret import Secret

MIN_LENGTH = 8
"""Shorter ones are no secrets, and would be found in every other word."""

_MARK = re.compile(r"<kept secret (\d{1,4})>")
_NAMED = re.compile(
    r"""(?im)^(?P<before>[^\n#]*?\b(?:secret|api_key|password|token|authorization|x-api-key)["']?\s*:\s*["']?)"""
    r"""(?P<secret>(?!\$\{|<kept)[^\s"'#{}\[\],]{4,})"""
)
_LOOKS = re.compile(r"\b(?:sk|pk|dgm|gsk|xai|hf|r8|AIza)[-_]?[A-Za-z0-9_\-]{16,}")


class Hidden(msgspec.Struct, frozen=True):
    """A text to show, and what its marks stand for."""

    text: str
    kept: tuple[str, ...]


def hide_secrets(text: str, secrets: Iterable[str]) -> Hidden:
    """The text with its secrets marked: those that are known, those that stand where one belongs, those that look so."""
    kept: dict[str, int] = {}

    def mark(secret: str) -> str:
        return f"<kept secret {kept.setdefault(secret, len(kept) + 1)}>"

    known = sorted({one for one in secrets if len(one) >= MIN_LENGTH}, key=len, reverse=True)
    if known:
        text = re.sub("|".join(map(re.escape, known)), lambda match: mark(match[0]), text)
    text = _NAMED.sub(lambda match: match["before"] + mark(match["secret"]), text)
    text = _LOOKS.sub(lambda match: mark(match[0]), text)
    return Hidden(text, tuple(kept))


def stand_in(text: str, kept: tuple[str, ...]) -> str:
    """The text with words in place of its marks that are as good as keys, and none: to look at what it would do."""
    return _replace_marks(text, [f"kept-secret-number-{number:04d}" for number in range(1, len(kept) + 1)])


def restore_secrets(text: str, kept: tuple[str, ...]) -> str:
    """The text with its marks replaced by what they stand for."""
    return _replace_marks(text, kept)


def _replace_marks(text: str, meant: Sequence[str]) -> str:
    def replace(match: re.Match[str]) -> str:
        number = int(match[1])
        if not 1 <= number <= len(meant):
            raise configuration_error(f"Nothing is known of {match[0]}: write the key itself, or a ${{VARIABLE}}.")
        return meant[number - 1]

    return _MARK.sub(replace, text)


def list_secrets(value: Any) -> Iterator[str]:
    """Every secret inside a value, however deep."""
    match value:
        case Secret():
            yield value.reveal()
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from list_secrets(getattr(value, name))
        case Mapping():
            for inner in value.values():
                yield from list_secrets(inner)
        case list() | tuple():
            for inner in value:
                yield from list_secrets(inner)

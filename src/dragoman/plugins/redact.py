"""The plugin `redact`: what identifies people or opens doors stays here. Reversibly, where it is wished: the model sees
`[EMAIL_1]`, and the caller gets back what stood there.

The same value has the same stand-in throughout a request, and, since they are numbered in the order of the
conversation, in every later request that continues it; so prompt caches stay warm and signed thinking stays valid.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dragoman.errors import invalid
from dragoman.model import stream as s
from dragoman.model.request import Request
from dragoman.plugins.detectors import DETECTORS
from dragoman.plugins.hooks import Hooks, Occasion, read_settings
from dragoman.plugins.patterns import compile_pattern, compile_words
from dragoman.plugins.sieve import Detector, Sieve, replace_all
from dragoman.plugins.stream_texts import StreamTexts
from dragoman.plugins.walk import list_texts, map_texts, see_through

STAND_IN = re.compile(r"\[[A-Z][A-Z0-9_]{0,30}_[0-9]{1,6}\]")
_STAND_IN_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_[]"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


class RedactSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`detect` names shipped detectors, `patterns` are regular expressions of one's own by name, `words` are found as
    they stand; what is in `allow` is left alone. `answers` redacts what the model says by itself, too."""

    detect: tuple[str, ...] = ("secret", "email", "iban", "card", "phone", "ssn", "ip")
    patterns: dict[str, str] = {}
    words: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()
    max_characters: int = 128
    reversible: bool = True
    answers: bool = False


def build_detectors(settings: RedactSettings) -> tuple[Detector, ...]:
    """One's own first: they are meant."""
    own = []
    for name, text in settings.patterns.items():
        if not _NAME.fullmatch(name):
            raise invalid("A name is made of small letters, digits and underscores.", f"patterns.{name}")
        own.append(Detector(name, compile_pattern(text, f"patterns.{name}"), settings.max_characters))
    if settings.words:
        own.append(Detector("word", compile_words(settings.words), max(map(len, settings.words))))
    for index, name in enumerate(settings.detect):
        if name not in DETECTORS:
            raise invalid(f"There is no detector {name!r}; there are {', '.join(DETECTORS)}.", f"detect[{index}]")
    detectors = (*own, *(DETECTORS[name] for name in settings.detect))
    if not detectors:
        raise invalid("There is nothing to be looked for.", "detect")
    return detectors


class Vault:
    """What was taken out of one request, by its stand-in."""

    def __init__(self, taken: frozenset[str], allow: frozenset[str], *, reversible: bool) -> None:
        self.values: dict[str, str] = {}
        self._stand_ins: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        self._taken = taken  # texts of the caller's that look like stand-ins, and are none
        self._allow = allow
        self._reversible = reversible

    def put(self, name: str, value: str) -> str:
        """The stand-in for a value."""
        if value in self._allow:
            return value
        if not self._reversible:
            return f"[{name.upper()}]"
        stand_in = self._stand_ins.get((name, value))
        if stand_in is None:
            stand_in = self._stand_ins[name, value] = self._number(name)
            self.values[stand_in] = value
        return stand_in

    def _number(self, name: str) -> str:
        while True:
            self._counts[name] = number = self._counts.get(name, 0) + 1
            stand_in = f"[{name.upper()}_{number}]"
            if stand_in not in self._taken:
                return stand_in

    def find(self, _: str, stand_in: str) -> str:
        """What stood there."""
        return self.values[stand_in]

    def find_escaped(self, _: str, stand_in: str) -> str:
        """The same, to be put inside a text of JSON."""
        return json.dumps(self.values[stand_in], ensure_ascii=False)[1:-1]


class RedactHooks(Hooks):
    """One attempt. Its work on events is a search in a few characters, so it is done on the loop."""

    runs_on_loop = True

    def __init__(self, settings: RedactSettings, detectors: tuple[Detector, ...]) -> None:
        self._settings = settings
        self._detectors = detectors
        self._vault = Vault(frozenset(), settings.allow, reversible=settings.reversible)
        self._texts: StreamTexts | None = None

    def before_request(self, request: Request) -> Request:
        settings = self._settings
        taken = frozenset(found for text in list_texts(request) for found in STAND_IN.findall(text))
        vault = self._vault = Vault(taken, settings.allow, reversible=settings.reversible)
        redacted = map_texts(request, see_through(lambda text: replace_all(text, self._detectors, vault.put)))
        self._texts = self._open_texts()
        return redacted

    def listens(self) -> bool:
        return self._texts is not None

    def on_event(self, event: s.StreamEvent) -> list[s.StreamEvent]:
        return self._texts.change(event) if self._texts is not None else [event]

    def _open_texts(self) -> StreamTexts | None:
        """What is done with texts of the answer: what the model made up is taken out, then what was taken out of the
        request is put back."""
        steps: list[Callable[[bool], Sieve]] = []
        if self._settings.answers:
            own = Vault(frozenset(), self._settings.allow, reversible=False)
            steps.append(lambda _: Sieve(self._detectors, own.put))
        if self._vault.values:
            restore = self._restoring()
            steps.append(lambda in_json: Sieve(restore, self._vault.find_escaped if in_json else self._vault.find))
        return StreamTexts(steps) if steps else None

    def _restoring(self) -> tuple[Detector]:
        known = sorted(self._vault.values, key=len, reverse=True)
        pattern = re.compile("|".join(map(re.escape, known)))
        return (Detector("stand_in", pattern, len(known[0]), _STAND_IN_ALPHABET),)


class RedactPlugin:
    """The plugin with its settings."""

    def __init__(self, settings: RedactSettings) -> None:
        self._settings = settings
        self._detectors = build_detectors(settings)

    def open_hooks(self, occasion: Occasion) -> RedactHooks:
        return RedactHooks(self._settings, self._detectors)


def make_plugin(settings: Mapping[str, Any]) -> RedactPlugin:
    """The plugin `redact`."""
    return RedactPlugin(read_settings(RedactSettings, settings))

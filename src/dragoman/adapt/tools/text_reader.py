"""The text of an answer, as far as it is only text: what goes out at once, what is held back, and where nothing that looks
like a call is one: in fences, between backticks, in what a tag mutes.

Held back are only what may be the beginning of something, and white space, which belongs to a call if one follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from dragoman.adapt.tools import markers
from dragoman.adapt.tools.markers import Listening

Piece = tuple[Literal["text", "thought", "call", "arguments", "end"], str]
"""What was read: text, a thought, the name of a call, a piece of its arguments, its end."""

_TICKS = re.compile(r"`++|~++|\n")
_FENCE_END = re.compile(r"\n[ \t]*+(`{3,}+|~{3,}+)")
_FENCE_END_BEGINNING = re.compile(r"\n[ \t]*+(?:`++|~++)?\Z")
_LESS = re.compile(markers.LESS)
_NOTHING = re.compile(r"(?!)")
_LINE = 16

Step = Callable[[str, int], int]


class TextReader:
    """The states of text. `_in_text` is the one in which calls are found; here there are none."""

    def __init__(self) -> None:
        self._step: Step = self._in_text
        self._pieces: list[Piece] = []
        self._held = ""  # the end of a chunk, which may be the beginning of something
        self._spaces: list[str] = []  # white space that is said only if text follows
        self._line = "\n"  # the end of what has been said
        self._is_quote = False  # the line began like a quotation
        self._run = ""  # the backticks that have to come again
        self._until = _NOTHING  # what ends the text that is muted
        self._is_last = False  # there will be no more
        self._is_after_call = False
        self._has_spoken = False
        self._meetings = 0  # things that had to be looked at

    def feed(self, text: str) -> list[Piece]:
        """What the text tells, together with what was held back before it."""
        if self._held:
            text = self._held + text
            self._held = ""
        return self._read(text)

    def _read(self, text: str) -> list[Piece]:
        start, end = 0, len(text)
        while start < end:
            start = self._step(text, start)
        return self._take()

    def _take(self) -> list[Piece]:
        pieces, self._pieces = self._pieces, []
        return pieces

    def _in_text(self, text: str, start: int) -> int:
        return self._in_deaf(text, start)

    def _say(self, text: str) -> None:
        """Text for the reader; white space waits for what follows it."""
        if self._is_after_call and not self._has_spoken:
            text = text.lstrip()
        if not text:
            return
        self._is_after_call = self._is_after_call and text.isspace()
        self._note_line(text)
        said = text.rstrip()
        if said:
            self._has_spoken = True
            self._pieces.append(("text", "".join(self._spaces) + said))
            self._spaces.clear()
        if len(said) < len(text):
            self._spaces.append(text[len(said) :])

    def _note_line(self, text: str) -> None:
        """Remember how the line looks in which we are."""
        start = text.rfind("\n")
        if start >= 0:
            self._is_quote = text[start + 1 :].lstrip(" ")[:1] == ">"
            self._line = text[start:][-_LINE:]
        else:
            self._is_quote = self._is_quote or (self._line.isspace() and text.lstrip(" ")[:1] == ">")
            self._line = (self._line + text)[-_LINE:]

    def _find(self, listening: Listening, text: str, start: int) -> re.Match[str] | None:
        """What has to be looked at next; what stands before it is said. What may be the beginning of it is held."""
        found = listening.full.search(text, start)
        stop = None
        if found is not None and not self._may_grow(found, listening, text):
            stop = self._find_longer(found, listening, text, start)
            if stop is None:
                self._say(text[start : found.start()])
                return found
        if stop is None:
            stop = len(text) if self._is_last else listening.find_beginning(text, start)
        self._say(text[start:stop])
        self._held = text[stop:]
        return None

    def _find_longer(self, found: re.Match[str], listening: Listening, text: str, start: int) -> int | None:
        """Where a tag begins that has not ended yet and will hold what was found in its attributes, if there is one."""
        first = found.start()
        start = max(start, len(text) - markers.WINDOW)
        if self._is_last or start >= first or _LESS.search(text, start, first) is None:
            return None
        stop = listening.find_beginning(text, start)
        return stop if stop < first else None

    def _may_grow(self, found: re.Match[str], listening: Listening, text: str) -> bool:
        """Whether backticks at the end of a chunk may be more than they look."""
        if (
            markers.name_kind(found) not in {"ticks", "waves"}
            or self._is_last
            or len(text) - found.start() > markers.WINDOW
        ):
            return False
        return listening.beginning.match(text, found.start()) is not None

    def _mute(self, word: str, also: str = "") -> None:
        """All is text until this tag is closed, or something else is found that ends it."""
        closing = rf"[|｜]?[/／][|｜]?(?:{markers.SPACE})?{_spell(word)}"
        if word.endswith("_begin"):
            closing += rf"|[|｜]{_spell(word.removesuffix('begin') + 'end')}"
        self._until = re.compile(rf"{markers.LESS}(?:{closing})[|｜]?{markers.MORE}{also}", re.IGNORECASE)
        self._step = self._in_mute

    def _in_mute(self, text: str, start: int) -> int:
        found = self._until.search(text, start)
        if found is None:
            self._hold_tag(text, start)
            return len(text)
        self._say(text[start : found.end()])
        self._step = self._in_text
        return found.end()

    def _hold_tag(self, text: str, start: int) -> None:
        """Say everything but the beginning of a tag."""
        at = max(text.rfind(opener, start) for opener in markers.OPENERS)
        stop = at if at >= 0 and len(text) - at < markers.WINDOW and not self._is_last else len(text)
        self._say(text[start:stop])
        self._held = text[stop:]

    def _in_deaf(self, text: str, start: int) -> int:
        """Too much looked like calls and was none."""
        self._say(text[start:])
        return len(text)

    # -- fences and backticks -----------------------------------------------------------------------------------------

    def _in_ticks(self, text: str, start: int) -> int:
        """Behind backticks, until they come again or the line ends; if it does behind three, this is a fence."""
        self._meetings += 1
        found = _TICKS.search(text, start)
        if found is None:
            self._say(text[start:])
            return len(text)
        if found[0] == "\n":
            self._say(text[start : found.start()])
            self._step = self._in_fence if len(self._run) >= 3 else self._in_text
            return found.start()
        if found.end() == len(text) and not self._is_last and len(found[0]) < markers.WINDOW:
            self._say(text[start : found.start()])
            self._held = found[0]
            return len(text)
        self._say(text[start : found.end()])
        if found[0] == self._run or (len(self._run) >= 3 and found[0].startswith(self._run)):
            self._step = self._in_text
        return found.end()

    def _in_fence(self, text: str, start: int) -> int:
        found = _FENCE_END.search(text, start)
        is_cut = found is not None and found.end() == len(text) and len(found[0]) < markers.WINDOW
        if found is None or (is_cut and not self._is_last):
            beginning = _FENCE_END_BEGINNING.search(text, max(start, len(text) - markers.WINDOW))
            stop = beginning.start() if beginning is not None and not self._is_last else len(text)
            self._say(text[start:stop])
            self._held = text[stop:]
            return len(text)
        self._say(text[start : found.end()])
        if found[1].startswith(self._run):
            self._step = self._in_text
        return found.end()


def _spell(word: str) -> str:
    return word.replace("_", "[_▁-]")

"""Arguments that stand between tags: `<parameter name="city">Paris</parameter>`, `<city>Paris</city>`, or
`<arg_key>city</arg_key><arg_value>Paris</arg_value>`.

What is between two tags is text as it is, markup included; only a tag that closes this argument, or one that ends the call
or opens the next argument where the closing one was forgotten, ends it. Of a text on lines of its own a closing tag between
other words is a part as well.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from dragoman.adapt.tools import markers
from dragoman.adapt.tools.arguments import NamedTexts
from dragoman.adapt.tools.coerce import Parameters

_ENDS = ("parameter", "param", "argument", "arg", "invoke", "function", "tool_call", "tool_calls", "function_calls")
_BEFORE = rf"{markers.LESS}(?=[/／|｜a-zA-Z])(?P<slash>[/／]?)(?P<bar>[|｜]?)(?:{markers.SPACE})?"
_SPACE = re.compile(r"\s*+")
_TAG_TEXT = re.compile(rf"{markers.LESS}[^{markers.ANGLES}\n]{{0,{markers.WINDOW}}}+{markers.MORE}")
_KEY = re.compile(rf"([^{markers.ANGLES}\n]{{1,{markers.WINDOW}}}+){markers.LESS}[/／]arg_key{markers.MORE}")
_BLANKS = re.compile(rf"[ \t]{{0,{markers.WINDOW}}}+")
_KEY_TAG, _VALUE_TAG = "arg_key", "arg_value"
MAX_TAGS = 10_000
"""Who writes more of them into one argument than this does not mean any of them."""


class _Ends(NamedTuple):
    """`tag` finds what may end an argument; `beginning` what may become that in the next chunk."""

    tag: re.Pattern[str]
    beginning: re.Pattern[str]


@lru_cache(maxsize=256)
def _build_ends(own: str) -> _Ends:
    """For an argument that ends with a tag of its own name, or with any that ends arguments if that is empty."""
    words = (*_ENDS, own, own.replace("_", "-")) if own else _ENDS
    known = "|".join(map(re.escape, words))
    rest = rf"[^{markers.ANGLES}\n]{{0,{markers.MAX_REST}}}"
    begun = "|".join(map(markers.beginnings_of, words))
    spaces = "|".join(map(markers.beginnings_of, markers.SPACES))
    whole = rf"[/／]?[|｜]?(?:{markers.SPACE})?(?:{known})\b{rest}"
    return _Ends(
        re.compile(rf"{_BEFORE}(?P<word>(?:{known})\b)(?P<rest>{rest}+){markers.MORE}", re.IGNORECASE),
        re.compile(
            rf"{markers.LESS}(?:[/／]?[|｜]?(?:(?:{markers.SPACE})?(?:{begun})?|{spaces})|{whole})\Z", re.IGNORECASE
        ),
    )


class TaggedArguments:
    """All arguments of one call. Once it `is_done`, `end_tag` is the tag that ended it, and has been eaten; `leftover` came
    in earlier pieces and turned out to be none of them."""

    __slots__ = (
        "_is_inside",
        "_names",
        "_opened",
        "_own",
        "_patience",
        "_pending",
        "_texts",
        "end_tag",
        "is_done",
        "leftover",
    )

    def __init__(self, parameters: Parameters) -> None:
        self._texts = NamedTexts(parameters)
        self._names = parameters.names
        self._is_inside = False  # between the tags of an argument
        self._opened: list[str] = []  # tags within the argument
        self._own = ""  # the tag whose end is that of the argument, where it is not one of those that all have
        self._patience = MAX_TAGS
        self._pending = ""  # what may become a tag
        self.is_done = False
        self.end_tag: markers.Tag | None = None
        self.leftover = ""

    def opens(self, tag: markers.Tag) -> bool:
        """Whether an argument begins with this tag."""
        if tag.closes:
            return False
        is_parameter = tag.word in markers.PARAMETER and bool(tag.name)
        return is_parameter or tag.word == _KEY_TAG or bool(find_name(tag.word, self._names))

    def open(self, tag: markers.Tag) -> None:
        """An argument begins."""
        if tag.word == _KEY_TAG:
            self._own = _KEY_TAG
            return
        is_parameter = tag.word in markers.PARAMETER and bool(tag.name)
        self._own = "" if is_parameter else tag.word
        self._begin(tag.name if is_parameter else find_name(tag.word, self._names))

    def open_text(self, name: str, before: str) -> None:
        """The only argument begins, without a tag of its own."""
        self._begin(name)
        self._texts.add(before)

    def _begin(self, name: str) -> None:
        self._texts.open(name)
        self._opened.clear()
        self._is_inside = True

    def skim(self, text: str) -> str:
        """The same text as it is to be written, if it stands wholly within an argument; else nothing has been read."""
        if not self._is_inside or self._pending or not markers.OPENERS.isdisjoint(text):
            return ""
        return self._texts.skim(text)

    def take(self) -> str:
        """What may go on."""
        said = "".join(self._texts.written)
        self._texts.written.clear()
        return said

    def finish(self) -> None:
        """No more will come."""
        if self._is_inside:
            if _build_ends(self._own).tag.match(self._pending) is None:
                self._texts.add(self._pending)
            self._texts.close()
        self._texts.finish()
        self.is_done = True

    def feed(self, text: str, start: int) -> int:
        """Take in text; the position where the arguments have ended, or the end of the text."""
        offset = start - len(self._pending)
        text = self._pending + text[start:]
        self._pending = ""
        position = 0
        while position < len(text) and not self.is_done:
            position = self._read_inside(text, position) if self._is_inside else self._read_between(text, position)
        if offset + position >= start:
            return offset + position
        self.leftover = text[position : start - offset]
        return start

    # -- within an argument -------------------------------------------------------------------------------------------

    def _read_inside(self, text: str, start: int) -> int:
        ends = _build_ends(self._own)
        found = ends.tag.search(text, start) if self._patience > 0 else None
        self._patience -= 1
        if found is None:
            beginning = ends.beginning.search(text, max(start, len(text) - markers.WINDOW))
            return self._wait(text, start, beginning.start() if beginning is not None else len(text))
        tag = markers.read_tag(found)
        if self._is_text(tag):
            self._texts.add(text[start : found.end()])
            return found.end()
        self._texts.add(text[start : found.start()])
        if tag.closes and self._is_own(tag) and self._texts.is_within_line:
            behind = _BLANKS.match(text, found.end()).end()  # type: ignore[union-attr]
            if behind == len(text) and behind - found.end() < markers.WINDOW:
                return self._wait(text, found.start(), found.start())
            if behind < len(text) and text[behind] not in markers.OPENERS and not text[behind].isspace():
                self._texts.add(found[0])
                return found.end()
        self._close(tag)
        return found.end()

    def _wait(self, text: str, start: int, stop: int) -> int:
        """What stands from `stop` on is not known before more has come."""
        self._texts.add(text[start:stop])
        self._pending = text[stop:]
        return len(text)

    def _close(self, tag: markers.Tag) -> None:
        """The argument ends with a tag: its own, that of the call, or the one of the next argument."""
        self._texts.close()
        self._is_inside = False
        if not tag.closes:
            self.open(tag)
        elif not self._is_own(tag):
            self._end(tag)

    def _is_own(self, tag: markers.Tag) -> bool:
        return tag.word == self._own or (not self._own and tag.word in markers.PARAMETER)

    def _is_text(self, tag: markers.Tag) -> bool:
        """Tags that are opened within an argument are closed there as well."""
        if tag.closes:
            if tag.word in self._opened:
                self._opened.remove(tag.word)
                return True
            return bool(self._own) and tag.word in markers.PARAMETER
        if tag.word in markers.PARAMETER and tag.name and not self._own:
            return False
        self._opened.append(tag.word)
        return True

    # -- between two --------------------------------------------------------------------------------------------------

    def _read_between(self, text: str, start: int) -> int:
        start = _SPACE.match(text, start).end()  # type: ignore[union-attr]
        if start == len(text):
            return start
        if self._own == _KEY_TAG:
            return self._read_key(text, start)
        found = _TAG_TEXT.match(text, start)
        if found is None and text[start] in markers.OPENERS and len(text) - start < markers.WINDOW:
            self._pending = text[start:]
            return len(text)
        known = markers.ANY_TAG.match(text, start) if found is not None else None
        tag = markers.read_tag(known) if known is not None else None
        if tag is not None and self.opens(tag):
            self.open(tag)
        else:
            self._end(tag)
        return found.end() if found is not None else start

    def _read_key(self, text: str, start: int) -> int:
        """The name of an argument between tags of its own, and the tag before its text."""
        found = _KEY.match(text, start)
        behind = _SPACE.match(text, found.end()).end() if found is not None else start  # type: ignore[union-attr]
        value = _TAG_TEXT.match(text, behind) if found is not None else None
        if value is None and len(text) - start < 2 * markers.WINDOW:
            self._pending = text[start:]
            return len(text)
        known = markers.ANY_TAG.match(text, behind) if value is not None else None
        if found is None or value is None or known is None or markers.read_tag(known).word != _VALUE_TAG:
            self._own = ""
            self._end(None)
            return start
        self._own = _VALUE_TAG
        self._begin(found[1].strip())
        return value.end()

    def _end(self, tag: markers.Tag | None) -> None:
        self._texts.finish()
        self.end_tag = tag
        self.is_done = True


def find_name(word: str, names: list[str]) -> str:
    """The parameter that a tag is called like; empty if none is."""
    return next((name for name in names if name.lower().replace("-", "_") == word), "")

"""Arguments that stand between tags: `<parameter name="city">Paris</parameter>`.

What is between two tags is text as it is, markup included; only a tag that closes this argument, or one that ends the call
or opens the next argument where the closing one was forgotten, ends it.
"""

from __future__ import annotations

import re

from dragoman.adapt.tools import markers
from dragoman.adapt.tools.arguments import NamedTexts
from dragoman.adapt.tools.coerce import Parameters

_ENDS = ("parameter", "param", "argument", "arg", "invoke", "function", "tool_call", "tool_calls", "function_calls")
_BEFORE = r"[<＜](?P<slash>[/／]?)(?P<bar>[|｜]?)(?:antml:|DSML[|｜])?"
_END = re.compile(
    rf"{_BEFORE}(?P<word>(?:{'|'.join(_ENDS)})\b)(?P<rest>[^<>＜＞\n]{{0,{markers.MAX_REST}}}+)[>＞]", re.IGNORECASE
)
_BEGINNING = re.compile(
    rf"[<＜](?:[/／]?[|｜]?(?:(?:antml:|DSML[|｜])?(?:{'|'.join(map(markers.beginnings_of, _ENDS))})?"
    rf"|{'|'.join(map(markers.beginnings_of, markers.SPACES))})|[/／]?[|｜]?(?:antml:|DSML[|｜])?(?:{'|'.join(_ENDS)})\b[^<>＜＞\n]{{0,{markers.MAX_REST}}})\Z",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s*+")
_TAG_TEXT = re.compile(rf"[<＜][^<>＜＞\n]{{0,{markers.WINDOW}}}+[>＞]")
MAX_TAGS = 10_000
"""Who writes more of them into one argument than this does not mean any of them."""


class TaggedArguments:
    """All arguments of one call. Once it `is_done`, `end_tag` is the tag that ended it, and has been eaten."""

    __slots__ = ("_is_inside", "_opened", "_patience", "_pending", "_texts", "end_tag", "is_done")

    def __init__(self, parameters: Parameters) -> None:
        self._texts = NamedTexts(parameters)
        self._is_inside = False  # between the tags of an argument
        self._opened: list[str] = []  # tags within the argument
        self._patience = MAX_TAGS
        self._pending = ""  # what may become a tag
        self.is_done = False
        self.end_tag: markers.Tag | None = None

    def open(self, tag: markers.Tag) -> None:
        """An argument begins."""
        self._texts.open(tag.name)
        self._opened.clear()
        self._is_inside = True

    def skim(self, text: str) -> str:
        """The same text as it is to be written, if it stands wholly within an argument; else nothing has been read."""
        if not self._is_inside or self._pending or "<" in text or "＜" in text:
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
        return offset + position

    def _read_inside(self, text: str, start: int) -> int:
        found = _END.search(text, start) if self._patience > 0 else None
        self._patience -= 1
        if found is None:
            beginning = _BEGINNING.search(text, max(start, len(text) - markers.WINDOW))
            stop = beginning.start() if beginning is not None else len(text)
            self._texts.add(text[start:stop])
            self._pending = text[stop:]
            return len(text)
        tag = markers.read_tag(found)
        if self._is_text(tag):
            self._texts.add(text[start : found.end()])
            return found.end()
        is_next = not tag.closes
        self._texts.add(text[start : found.start()])
        self._texts.close()
        self._is_inside = False
        if is_next:
            self.open(tag)
        elif tag.word not in markers.PARAMETER:
            self._end(tag)
        return found.end()

    def _is_text(self, tag: markers.Tag) -> bool:
        """Tags that are opened within an argument are closed there as well."""
        if tag.closes:
            if tag.word in self._opened:
                self._opened.remove(tag.word)
                return True
            return False
        if tag.word in markers.PARAMETER and tag.name:
            return False
        self._opened.append(tag.word)
        return True

    def _read_between(self, text: str, start: int) -> int:
        start = _SPACE.match(text, start).end()  # type: ignore[union-attr]
        if start == len(text):
            return start
        found = _TAG_TEXT.match(text, start)
        if found is None and text[start] in "<＜" and len(text) - start < markers.WINDOW:
            self._pending = text[start:]
            return len(text)
        known = markers.ANY_TAG.match(text, start) if found is not None else None
        tag = markers.read_tag(known) if known is not None else None
        if tag is not None and not tag.closes and tag.word in markers.PARAMETER and tag.name:
            self.open(tag)
        else:
            self._end(tag)
        return found.end() if found is not None else start

    def _end(self, tag: markers.Tag | None) -> None:
        self._texts.finish()
        self.end_tag = tag
        self.is_done = True

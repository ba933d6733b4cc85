"""What stands between the marks of a call, whichever family's: one grammar for all of them.

Theory of operation: like `loose.py`, one state at a time. In `_seek` marks, fences, commas and brackets are passed over
until something tells a name or begins arguments; a reader then takes the arguments, and what it writes goes to the sink
at once. Until a call has begun nothing has been said: whoever feeds the block keeps what it has eaten, and says that as
text if the block `has_failed`. A call of what is no tool is refused: all of it is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from dragoman.adapt.tools import markers
from dragoman.adapt.tools.call_reader import CallReader
from dragoman.adapt.tools.coerce import Parameters
from dragoman.adapt.tools.tagged import TaggedArguments

_SKIPPED = re.compile(r"[\s,，;；:：)\]】］]*+")
_BLANKS = re.compile(r"[ \t]*+")
_WORD = re.compile(r"[\w.:/-]*+")
_FENCE = re.compile(r"[`~]++")
_FENCE_WORD = re.compile(r"[a-zA-Z_]*+")
_MARK = re.compile(r"[A-Za-z_/]*+")
_TAG = re.compile(rf"[^{markers.ANGLES}{{\n]*+")
_TAG_ENDS = frozenset(">＞〉》")
_SPACE = re.compile(r"\s*+")
_NO_NAMES = frozenset(
    {"function", "json", "tool", "python", "call", "assistant", "commentary", "print", "code", "to", "name"}
)
_CLOSING_MARKS = frozenset({"/TOOL_CALL", "/TOOL_CALLS"})
_MARKS = frozenset({"TOOL_CALL", "TOOL_CALLS", "ARGS", "CALL_ID"}) | _CLOSING_MARKS
_BRACKETS = frozenset("[【［")
_QUOTES = frozenset("\"'“”‘＂")
_CLOSERS = frozenset(")]】］")
_SEPARATORS = frozenset(",，;；:：")
_NOTABLE = re.compile(f"[{re.escape(''.join([*_SEPARATORS, *_CLOSERS]))}]")
MAX_PENDING = 256


class CallBlock(CallReader):
    """One block, with as many calls as stand in it."""

    def open_tag(self, tag: markers.Tag) -> None:
        """The block begins with this tag."""
        self._depth = 1
        self._take_name(tag)

    def open_name(self, name: str) -> None:
        """The block begins with a name, which stands elsewhere."""
        self._name = name

    # -- between things -----------------------------------------------------------------------------------------------

    def _seek(self, text: str, start: int) -> int:
        if self._lone:
            return self._meet_lone(text, start)
        end = _SKIPPED.match(text, start).end()  # type: ignore[union-attr]
        if end > start:
            end = start + self._skip(text[start:end])
        if end == len(text) or self._is_settled:
            return end
        first = text[end]
        self._is_apart = False
        self._patience -= 1
        if self._patience < 0:
            self._leave()
            return end
        step = self._BEGINNINGS.get(first)
        if step is None:
            step = CallBlock._in_word if _WORD.match(first).end() else CallBlock._stop  # type: ignore[union-attr]
        return step(self, text, end)

    def _stop(self, text: str, start: int) -> int:
        self._leave()
        return start

    def _skip(self, skipped: str) -> int:
        """Commas and brackets between calls, up to the next bracket that belongs to them: one that was opened here, and has
        no comma before it."""
        for found in _NOTABLE.finditer(skipped):
            if found[0] in _SEPARATORS:
                self._is_apart = True
            elif self.count and self._lists and not self._is_apart:
                self._lists -= 1
                self._is_settled = True
                return found.end()
            else:
                self._lists -= min(sum(map(skipped[found.start() :].count, _CLOSERS)), self._lists)
                return len(skipped)
        return len(skipped)

    def _in_word(self, text: str, start: int) -> int:
        end = _WORD.match(text, start).end()  # type: ignore[union-attr]
        self._pending += text[start:end]
        self._step = self._in_word
        if end == len(text) and len(self._pending) < MAX_PENDING:
            return end
        self._step = self._after_word
        return end

    def _after_word(self, text: str, start: int) -> int:
        end = _BLANKS.match(text, start).end()  # type: ignore[union-attr]
        if end == len(text):
            return end
        word, self._pending = self._pending, ""
        self._step = self._seek
        return self._take_word(word, text, end)

    def _take_word(self, word: str, text: str, start: int) -> int:
        following = text[start : start + 1]
        is_known = self._sink.find_tool(word) is not None
        if self._skips_word:
            self._skips_word = False
        elif following == "(" and (is_known or word == "print"):
            self._lists += word == "print"
            if is_known:
                self._name = word
                self._begin_call(opens_call=True)
            return start + 1
        elif following == "=" and not is_known:
            return start + 1
        elif is_known and not self._name:
            self._name = word
        elif word not in _NO_NAMES:
            self._leave()
        return start

    def _in_fence(self, text: str, start: int) -> int:
        self._step = self._in_fence
        end = _FENCE.match(text, start).end() if text[start] in "`~" else start  # type: ignore[union-attr]
        self._is_settled = self.count > 0
        if self.count == 0:
            end = _FENCE_WORD.match(text, end).end()  # type: ignore[union-attr]
        if end < len(text):
            self._step = self._seek
        return end

    def _in_bracket(self, text: str, start: int) -> int:
        """A list, or a mark in brackets."""
        if self._step != self._in_bracket:
            self._step = self._in_bracket
            return start + 1
        end = _MARK.match(text, start).end()  # type: ignore[union-attr]
        self._pending += text[start:end]
        if end == len(text) and len(self._pending) < MAX_PENDING:
            return end
        self._step = self._seek
        if text[end : end + 1] in {"]", "】", "］"} and self._pending.upper() in _MARKS:
            self._skips_word = self._pending == "CALL_ID"
            self._is_settled = self.count > 0 and self._pending.upper() in _CLOSING_MARKS
            self._pending = ""
            return end + 1
        self._lists += 1
        if self._pending:
            self._step = self._in_word
        return end

    # -- tags ---------------------------------------------------------------------------------------------------------

    def _in_tag(self, text: str, start: int) -> int:
        if not self._pending:
            self._pending = text[start]
            self._step = self._in_tag
            return start + 1
        end = _TAG.match(text, start).end()  # type: ignore[union-attr]
        self._pending += text[start:end]
        if end == len(text) and len(self._pending) < MAX_PENDING:
            return end
        last = text[end : end + 1]
        found = markers.ANY_TAG.match(self._pending + last) if last not in markers.OPENERS else None
        if found is None:
            self._leave()
            return end
        self._pending = ""
        self._step = self._seek
        if not self._take_tag(markers.read_tag(found)) and not self.leads_on:
            self._leave()
        return end + (last in _TAG_ENDS)

    def _take_tag(self, tag: markers.Tag) -> bool:
        """What a tag means here; False if it means nothing."""
        if tag.has_bar and tag.word in {"start", "channel"}:
            self.leads_on = tag.word
            self.is_done = True
            self.has_failed = self.count == 0
            return False
        if tag.closes or (tag.has_bar and tag.word in markers.HARMONY - {"message"}):
            self._is_settled = self.count > 0
            if tag.word not in markers.WITHIN:
                self._close_tag()
            return True
        is_plain = not tag.has_bar or tag.word not in markers.HARMONY
        if is_plain and tag.word not in markers.PARAMETERS and self._open_parameter(tag):
            return True
        if tag.word in markers.NOISE or tag.word in markers.HARMONY or tag.word in markers.PARAMETERS:
            self._is_settled = self._is_settled or (self.count > 0 and tag.word in markers.NOISE)
            return True
        if tag.word in markers.OPENING or tag.word in markers.OPENING_WITH_NAME:
            self._depth += 1
            self._take_name(tag)
            return True
        return tag.word in markers.NAME

    def _take_name(self, tag: markers.Tag) -> None:
        if not tag.name:
            return
        self._name = tag.name
        parameters = self._sink.find_tool(tag.name)
        if parameters is None:
            self.mutes = tag.word
            self._leave()
        elif tag.is_empty:
            self._close_tag()
        else:
            self._lone = find_lone(parameters)

    def _close_tag(self) -> None:
        """The end of a tag ends a call that was only named: it has no arguments."""
        if self._name and self._sink.find_tool(self._name) is not None:
            self._begin_call()
            self._sink.write_arguments("{}")
            self._end_call()
        self._depth -= 1
        self.is_done = self._depth <= 0
        self.has_failed = self.is_done and self.count == 0

    def _open_parameter(self, tag: markers.Tag) -> bool:
        parameters = self._sink.find_tool(self._name) if self._name else None
        tagged = TaggedArguments(parameters) if parameters is not None else None
        if tagged is None or not tagged.opens(tag):
            return False
        self._begin_tagged(tagged)
        tagged.open(tag)
        return True

    def _begin_tagged(self, tagged: TaggedArguments) -> None:
        self._begin_call()
        self._tagged = tagged
        self._step = self._in_tagged

    def _meet_lone(self, text: str, start: int) -> int:
        """Behind a tag that names a tool of one argument, a text: on lines of their own, such are that argument."""
        end = _SPACE.match(text, start).end()  # type: ignore[union-attr]
        self._has_broken = self._has_broken or "\n" in text[start:end]
        if end == len(text):
            return end
        name, self._lone = self._lone, ""
        parameters = self._sink.find_tool(self._name)
        if parameters is not None and self._has_broken and text[end] not in self._BEGINNINGS:
            tagged = TaggedArguments(parameters)
            self._begin_tagged(tagged)
            tagged.open_text(name, "\n")
        self._has_broken = False
        return end

    def _in_tagged(self, text: str, start: int) -> int:
        assert self._tagged is not None
        end = self._tagged.feed(text, start)
        self._sink.write_arguments(self._tagged.take())
        if self._tagged.is_done:
            tag, leftover = self._tagged.end_tag, self._tagged.leftover
            self._tagged = None
            self._end_call()
            if leftover:
                self._is_settled = False
                self._eaten.append(leftover)
            if leftover or tag is None or not self._take_tag(tag):
                self._leave()
        return end

    _BEGINNINGS: ClassVar[dict[str, Callable[[CallBlock, str, int], int]]] = {
        "{": CallReader.open_object,
        "｛": CallReader.open_object,
        **dict.fromkeys(markers.OPENERS, _in_tag),
        "`": _in_fence,
        "~": _in_fence,
        **dict.fromkeys(_BRACKETS, _in_bracket),
    }


def find_lone(parameters: Parameters) -> str:
    """The only argument of a tool, if that is a text; else nothing."""
    names = parameters.names
    return names[0] if len(names) == 1 and parameters.kinds[names[0]] == frozenset({"string"}) else ""

"""Calls found in a model's text while it comes in.

Theory of operation: one state at a time. In plain text one regular expression finds whatever has to be looked at: marks,
fences, backticks. Text goes out at once; held back are only what may be the beginning of a mark, and white space, which
belongs to the call if one follows. Behind a mark a `CallBlock` reads; if no call comes of it, what it has eaten is said
as text and is not looked at again, so that nothing is ever read twice. Nothing is a call inside a fence, between
backticks, in a quoted line, in thoughts, in a result that the model makes up, or as a repetition of what it was told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import ClassVar

from dragoman.adapt.tools import markers
from dragoman.adapt.tools.block import CallBlock
from dragoman.adapt.tools.coerce import Parameters
from dragoman.adapt.tools.echo import EchoWatch
from dragoman.adapt.tools.markers import Listening
from dragoman.adapt.tools.text_reader import Piece, TextReader
from dragoman.adapt.tools.toolbox import Toolbox

MAX_FAILURES = 64
MAX_CALLS = 512
MAX_MEETINGS = 16_000
"""Who has more of these is not calling tools; what follows is text, and costs nothing."""

MAX_HEADER = 256

_RECIPIENT = re.compile(r"to=(?:functions\.)?([\w.:/-]+)")
_MESSAGE = re.compile(r"<[|｜]message[|｜]>")
_THOUGHT_END = re.compile(r"<[|｜](?:end|return|start|channel)[|｜]>")
_QUOTES = frozenset("\"'“‘«„「『")


class ToolTextParser(TextReader):
    """One answer. `told` is what the caller and his tools have said; with `is_single` calls after the first are left
    out and counted in `dropped`; `opening` are words of tags that open a block beside those that always do."""

    def __init__(
        self,
        toolbox: Toolbox,
        listening: Listening,
        told: Iterable[str] = (),
        *,
        opening: frozenset[str] = frozenset(),
        is_single: bool = False,
    ) -> None:
        super().__init__()
        self._toolbox = toolbox
        self._listening = listening
        self._opening = opening
        self._echo = EchoWatch(told)
        self._is_single = is_single
        self._withheld: list[Piece] = []  # calls that may be repetitions
        self._block: CallBlock | None = None
        self._mark = ""  # with which the block began
        self._raw: list[str] = []  # the block so far, as long as it may be a repetition
        self._is_text = False  # what the block eats is said as text
        self._is_dropping = False
        self._failures = 0
        self.calls = 0
        self.dropped = 0

    def feed(self, text: str) -> list[Piece]:
        block = self._block
        if block is not None and not (self._held or self._is_dropping or self._echo.is_possible):
            said = block.skim(text)
            if said:
                return [("arguments", said)]
        return super().feed(text)

    def finish(self, *, is_cut: bool = False) -> list[Piece]:
        """The text has ended, or was cut off: arguments are left then as they are, and do not look whole."""
        self._is_last = True
        text, self._held = self._held, ""
        pieces = self._read(text)
        if self._block is not None:
            self._block.finish(is_cut=is_cut)
            if self._echo.is_possible:
                self._give_back()
            self._close_block()
            pieces += self._take()
        if self._spaces and not self.calls and not self.dropped:
            pieces.append(("text", "".join(self._spaces)))
        return pieces

    # -- text ---------------------------------------------------------------------------------------------------------

    def _in_text(self, text: str, start: int) -> int:
        found = self._find(self._listening, text, start)
        if found is None:
            return len(text)
        self._meetings += 1
        if self._meetings > MAX_MEETINGS:
            self._step = self._in_deaf
            return found.start()
        return self._MEETINGS[markers.name_kind(found)](self, found)

    def _is_cited(self) -> bool:
        return self._is_quote or self._line[-1] in _QUOTES

    def _is_line_start(self) -> bool:
        return self._line.rpartition("\n")[2].strip(" \t") == "" and "\n" in self._line

    def _meet_ticks(self, found: re.Match[str]) -> int:
        self._run = found[0]
        self._say(self._run)
        self._step = self._in_ticks
        return found.end()

    def _meet_row(self, found: re.Match[str]) -> int:
        """Many of the same: the last of them may begin something, the others do not."""
        self._say(found[0])
        return found.end()

    def _meet_mark(self, found: re.Match[str]) -> int:
        """A mark that is no tag."""
        if self._is_cited():
            self._say(found[0])
        else:
            self._open_block(found[0])
        return found.end()

    def _meet_bare(self, found: re.Match[str]) -> int:
        """A call without a mark, which must stand at the beginning of a line."""
        if not self._is_line_start():
            self._say(found[0][0])
            return found.start() + 1
        self._open_block("")
        self._echo.begin(found[0], is_eaten=True)
        return self._in_block(found[0], 0) + found.start()

    def _meet_tag(self, found: re.Match[str]) -> int:
        matched = markers.TAG.match(found[0] + "\n")
        tag = markers.read_tag(matched) if matched is not None else None
        if tag is None or (self._is_cited() and not tag.closes):
            self._say(found[0])
            if tag is not None and not self._is_quote and tag.word in markers.OPENING | markers.OPENING_WITH_NAME:
                self._mute(tag.word, r"|\n")
        elif tag.has_bar and tag.word in markers.HARMONY and self._listening.harmony:
            self._meet_harmony(tag.word)
        elif markers.opens_block(tag) or (tag.word in self._opening and not tag.closes):
            self._open_block(found[0], tag)
        elif tag.word in markers.THINKING | markers.PAST and not tag.closes:
            self._say(found[0])
            self._mute(tag.word)
        elif not (tag.closes and self._is_after_call and tag.word in markers.OPENING):
            self._say(found[0])
        return found.end()

    # -- harmony ------------------------------------------------------------------------------------------------------

    def _meet_harmony(self, word: str) -> None:
        """The marks of harmony are never shown."""
        if word in {"start", "channel"}:
            self._mark = f"<|{word}|>"
            self._step = self._in_header

    def _in_header(self, text: str, start: int) -> int:
        """Between `<|channel|>` and `<|message|>` stands to whom the message goes."""
        found = _MESSAGE.search(text, start, start + MAX_HEADER)
        if found is None and len(text) - start < MAX_HEADER and not self._is_last:
            self._held = text[start:]
            return len(text)
        header = text[start : found.start()] if found is not None else ""
        recipient = _RECIPIENT.search(header)
        if recipient is not None and self._toolbox.find(recipient[1]) is not None:
            self._open_block(f"{self._mark}{header}{found[0]}" if found is not None else "")
            assert self._block is not None
            self._block.open_name(recipient[1])
        elif header.lstrip(" ").startswith("analysis") or "analysis" in header.split("<|channel|>")[-1]:
            self._step = self._in_thought
        else:
            self._step = self._in_text
        return found.end() if found is not None else start

    def _in_thought(self, text: str, start: int) -> int:
        found = _THOUGHT_END.search(text, start)
        stop = found.start() if found is not None else text.rfind("<", start)
        if found is None and (stop < 0 or len(text) - stop > 16 or self._is_last):
            stop = len(text)
        if stop > start:
            self._pieces.append(("thought", text[start:stop]))
        if found is None:
            self._held = text[stop:]
            return len(text)
        self._step = self._in_text
        return stop

    # -- blocks -------------------------------------------------------------------------------------------------------

    def _open_block(self, mark: str, tag: markers.Tag | None = None) -> None:
        self._block = CallBlock(self)
        self._mark = mark
        self._raw = [mark]
        self._is_text = False
        if mark:
            self._echo.begin(mark)
        self._step = self._in_block
        if tag is not None:
            self._block.open_tag(tag)
            if self._block.is_done:
                if self._echo.is_possible:
                    self._give_back()
                self._close_block()

    def _in_block(self, text: str, start: int) -> int:
        block = self._block
        assert block is not None
        end = block.feed(text, start)
        if self._echo.is_possible:
            self._compare(block, text[start:end])
        elif self._is_text:
            self._say(text[start:end])
        elif block.is_refused:
            self._say(self._mark + block.take_eaten())
            self._mark = ""
        if block.is_done or block.is_spoilt or (block.has_ended_call and self.calls > MAX_CALLS):
            self._close_block()
        return end

    def _compare(self, block: CallBlock, eaten: str) -> None:
        """Is it still word for word what the model was told?"""
        self._raw.append(eaten)
        self._echo.add(eaten)
        if not self._echo.is_possible:
            self._release()
        elif block.has_ended_call:
            self._give_back()

    def _give_back(self) -> None:
        """It was a repetition: text, and so is what is left of the block."""
        self._echo.is_possible = False
        self._is_text = self._is_dropping = True
        self._forget()
        self._say("".join(self._raw))

    def _release(self) -> None:
        """What was withheld are calls."""
        self._echo.is_possible = False
        if self._withheld:
            self._spaces.clear()
            self._pieces += self._withheld
            self._withheld = []

    def _forget(self) -> None:
        """What was withheld is text."""
        self.calls -= sum(kind == "call" for kind, _ in self._withheld)
        self._withheld = []

    def _close_block(self) -> None:
        block = self._block
        assert block is not None
        self._block = None
        self._step = self._in_text
        self._release()
        leads_on = block.leads_on if self._listening.harmony else ""
        eaten = block.take_eaten() if not leads_on else ""
        if block.has_failed or self._is_text:
            self._failures += 1
            self._say(self._mark + eaten if not self._is_text else "")
        elif block.is_refused:
            self._say(self._mark + eaten)  # what was not said yet, since it looked like a repetition
        else:
            self._line = "\n"
            self._is_after_call = True
            self._say(eaten)
        if leads_on:
            self._meet_harmony(leads_on)
        elif block.mutes and block.has_failed:
            self._mute(block.mutes)
        elif self._failures > MAX_FAILURES or self.calls > MAX_CALLS or block.is_spoilt:
            self._step = self._in_deaf

    # -- what blocks find ---------------------------------------------------------------------------------------------

    def find_tool(self, name: str) -> Parameters | None:
        tool = self._toolbox.find(name)
        return tool.parameters if tool is not None else None

    def begin_call(self, name: str) -> None:
        tool = self._toolbox.find(name)
        assert tool is not None
        self._is_dropping = self._is_text or (self._is_single and self.calls > 0)
        if self._is_dropping:
            self.dropped += not self._is_text
        else:
            self.calls += 1
            self._tell(("call", tool.name))

    def write_arguments(self, text: str) -> None:
        if not self._is_dropping and text:
            self._tell(("arguments", text))

    def end_call(self) -> None:
        if not self._is_dropping:
            self._tell(("end", ""))

    def _tell(self, piece: Piece) -> None:
        if self._echo.is_possible:
            self._withheld.append(piece)
        else:
            self._spaces.clear()
            self._pieces.append(piece)

    _MEETINGS: ClassVar[dict[str, Callable[[ToolTextParser, re.Match[str]], int]]] = {
        "ticks": _meet_ticks,
        "waves": _meet_ticks,
        "tag": _meet_tag,
        "fence": _meet_mark,
        "bracket": _meet_mark,
        "object": _meet_bare,
        "objects": _meet_bare,
        "python": _meet_bare,
        "to": _meet_mark,
        "row": _meet_row,
    }

"""The arguments of one call, written as strict JSON while they come in, each brought to the type that its schema wants.

What has the right type already goes on at once; only a value that must change its type waits until it is whole.
"""

from __future__ import annotations

from json.encoder import encode_basestring

from dragoman.adapt.tools.coerce import Kinds, Parameters, coerce_json, coerce_text, must_wait
from dragoman.adapt.tools.loose import LooseValue

MAX_ARGUMENTS = 1024
"""No tool has more; what goes on beyond them is no call."""

_EXTRA = "argument"


class ArgumentsReader(LooseValue):
    """An object of arguments: `{"city": "Paris"}`, or with `open_call` what stands in Python's parentheses."""

    __slots__ = ("_count", "_held", "_parameters", "_position")

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        self._parameters = parameters
        self._held: Kinds = None  # what the value that waits may be
        self._position = 0
        self._count = 0

    @property
    def is_fresh(self) -> bool:
        """Whether nothing has been read yet."""
        return not self._stack and not self.is_done

    def open_call(self) -> None:
        """The parenthesis has been seen."""
        self._stack.append("call")
        self._out.append("{")
        self._step = self._open_key

    def skim(self, text: str) -> str:
        return super().skim(text) if self._held is None else ""

    def _name_position(self) -> str:
        names = self._parameters.names
        name = names[self._position] if self._position < len(names) else f"{_EXTRA}_{self._position}"
        self._position += 1
        return name

    def _open_key(self, text: str, start: int) -> int:
        if self._count > MAX_ARGUMENTS and len(self._stack) == 1:
            self.finish()
            return start
        return super()._open_key(text, start)

    def _begin_member(self, first: str) -> None:
        self._count += 1
        if self._stack[0] not in {"}", "call"} or self._key is None:
            return
        kinds = self._parameters.kinds.get(self._key[1:-1])
        if kinds is not None and must_wait(first, kinds):
            self._held = kinds
            self._out = []

    def _end_member(self) -> None:
        if self._held is not None:
            value = coerce_json("".join(self._out), self._held)
            self._held = None
            self._out = self.written
            self._out.append(value)


class NamedTexts:
    """Arguments that are given one by one, as text between tags: the object that they make. Where a line break
    follows the opening tag, it and the one before the closing tag belong to the tags."""

    __slots__ = ("_begun", "_count", "_is_block", "_kinds", "_line", "_parameters", "_pieces", "_streams", "written")

    def __init__(self, parameters: Parameters) -> None:
        self.written = ["{"]
        self._parameters = parameters
        self._count = 0
        self._kinds: Kinds = None
        self._streams = True  # text that is wanted as text goes on as it comes
        self._pieces: list[str] = []  # of text that has to wait
        self._begun = False
        self._is_block = False  # the text stands on lines of its own
        self._line = ""  # a line break that may be the last

    def open(self, name: str) -> None:
        """The next text is the argument of this name."""
        self._kinds = self._parameters.kinds.get(name)
        self._streams = self._kinds is None or ("string" in self._kinds and "null" not in self._kinds)
        self._begun = False
        self._line = ""
        comma = "," if self._count else ""
        self._count += 1
        self.written.append(f"{comma}{encode_basestring(name)}:")
        if self._streams:
            self.written.append('"')

    @property
    def is_within_line(self) -> bool:
        """Whether the text stands on lines of its own, and has gone on to the middle of one."""
        return self._streams and self._is_block and self._begun and not self._line

    def skim(self, text: str) -> str:
        """The same text as it is to be written, if it may go on as it is; else nothing has been read."""
        if not (self._streams and self._begun) or self._line or (self._is_block and text.endswith("\n")):
            return ""
        return escape_text(text)

    def add(self, text: str) -> None:
        """More of the argument's text."""
        if not text:
            return
        if not self._streams:
            self._pieces.append(text)
            return
        if not self._begun:
            self._begun = True
            self._is_block = text.startswith("\n")
            text = text.removeprefix("\n")
        if self._is_block:
            text = self._line + text
            self._line = "\n" if text.endswith("\n") else ""
            text = text.removesuffix("\n")
        self.written.append(escape_text(text))

    def close(self) -> None:
        """The argument is whole."""
        if self._streams:
            self.written.append('"')
        else:
            self.written.append(coerce_text("".join(self._pieces).strip("\n"), self._kinds))
            self._pieces.clear()

    def finish(self) -> None:
        """There are no more arguments."""
        self.written.append("}")


def escape_text(text: str) -> str:
    """Any text as it stands between JSON's quotes."""
    return encode_basestring(text)[1:-1]

"""The calls within a block: what has to be known to begin one, and who reads its arguments.

`block.py` finds its way between calls; as soon as it meets arguments, or an object that may be a call, the states here
take over. What a reader writes goes to the sink at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from dragoman.adapt.tools.arguments import ArgumentsReader
from dragoman.adapt.tools.call_object import CallObject
from dragoman.adapt.tools.coerce import Parameters
from dragoman.adapt.tools.loose import LooseValue
from dragoman.adapt.tools.tagged import TaggedArguments
from dragoman.adapt.tools.unquote import Unquoter

MAX_STEPS = 64  # from one call to the next

Step = Callable[[str, int], int]


class CallSink(Protocol):
    """Who makes calls of what a block reads."""

    def find_tool(self, name: str) -> Parameters | None:
        """What is known of a tool's parameters; None if there is no such tool."""
        ...

    def begin_call(self, name: str) -> None: ...

    def write_arguments(self, text: str) -> None: ...

    def end_call(self) -> None: ...


class CallReader:
    """The states in which calls are read, and what they share with those between calls. `is_done`: what follows does not
    belong to the block."""

    def __init__(self, sink: CallSink) -> None:
        self._sink = sink
        self._step: Step = self._seek
        self._name = ""  # of the call that is expected
        self._pending = ""  # a word, mark or tag that may go on in the next chunk
        self._depth = 0  # tags that are open
        self._lists = 0
        self._is_apart = False  # a comma has come since the last call, or whatever else there was
        self._skips_word = False
        self._lone = ""  # the only argument of the tool that a tag has just named, if that is a text
        self._has_broken = False  # a line break came behind that tag
        self._reader: LooseValue = LooseValue()
        self._odd = LooseValue()
        self._object: CallObject | None = None
        self._unquoter = Unquoter()
        self._tagged: TaggedArguments | None = None
        self._calls_before = 0  # the object that is being read
        self._kept = ""  # arguments that came before their name
        self.is_done = False
        self.has_failed = False
        self.is_refused = False  # what is eaten from now on is text
        self.has_ended_call = False  # just now
        self.is_spoilt = False  # a call's arguments were no JSON, by far
        self.is_open = False  # a call has begun and has not ended
        self.count = 0  # calls that have begun
        self._eaten: list[str] = []  # since the last call or mark: text, if nothing comes of it
        self._is_settled = False  # what has been eaten is part of a call that was made
        self._patience = MAX_STEPS
        self.mutes = ""  # the tag whose content is text, if the block has failed because of its name
        self.leads_on = ""  # the mark behind which another block, or text, begins

    def _seek(self, text: str, start: int) -> int:
        """Between calls."""
        self._leave()
        return start

    def feed(self, text: str, start: int = 0) -> int:
        """Take in text; the position where the block or one of its calls has ended, or the end of the text."""
        end = len(text)
        self.has_ended_call = False
        while start < end and not (self.is_done or self.has_ended_call):
            begin = start
            start = self._step(text, start)
            if self._is_settled:
                self._is_settled = False
                self._eaten.clear()
            elif not self.is_open:
                self._eaten.append(text[begin:start])
        return start

    def skim(self, text: str) -> str:
        """What may go on of a text that stands wholly within one argument; nothing if more has to be known."""
        if not self.is_open:
            return ""
        if self._tagged is not None:
            return self._tagged.skim(text)
        return self._reader.skim(text) if self._step == self._in_arguments else ""

    def take_eaten(self) -> str:
        """What has been eaten and is no part of a call."""
        eaten = "".join(self._eaten)
        self._eaten.clear()
        return eaten

    def finish(self, *, is_cut: bool = False) -> None:
        """No more will come. A call that has begun is made whole, unless the text was cut off: then nobody may take it for
        what was meant. Nothing less is one."""
        if is_cut and self.is_open:
            self._end_call()
        elif self._tagged is not None and self.is_open:
            self._tagged.finish()
            self._sink.write_arguments(self._tagged.take())
            self._end_call()
        elif self.is_open:
            if self._step == self._in_odd:
                self._odd.finish()
                self._pass_on("".join(self._odd.written))
            else:
                self._finish_reader()
            self._end_call()
        if self._object is not None and self.count > self._calls_before:
            self._eaten.clear()
        if not self.is_done:
            self._leave()

    def _leave(self) -> None:
        self.is_done = True
        self.has_failed = self.count == 0

    def _refuse(self) -> None:
        """The name is no tool's. Of an object all is text, so that nothing in it is taken for a call."""
        if self._object is not None:
            self.is_refused = True
            self._object.ignore()
            self._step = self._in_refused
        else:
            self._leave()

    def _in_refused(self, text: str, start: int) -> int:
        assert self._object is not None
        end = self._object.feed(text, start)
        self._object.written.clear()
        self.is_done = self._object.is_done
        return end

    # -- arguments ----------------------------------------------------------------------------------------------------

    def open_object(self, text: str, start: int) -> int:
        if self._name:
            if self._sink.find_tool(self._name) is None:
                self._leave()
            else:
                self._begin_call()
            return start
        self._calls_before = self.count
        self._object = CallObject(lambda name: self._sink.find_tool(name) is not None)
        self._step = self._in_object
        return start

    def _in_object(self, text: str, start: int) -> int:
        assert self._object is not None
        end = self._object.feed(text, start)
        self._object.written.clear()
        if self._object.at_arguments:
            self._meet_arguments(text[end])
            return end + (self._step == self._in_quoted)
        if self._object.at_end:
            self._end_object()
        elif self._object.is_done:
            self._object = None
            self._step = self._seek
            self._is_settled = self.count > self._calls_before
            if not self._is_settled:
                self._leave()
        return end

    def _meet_arguments(self, first: str) -> None:
        assert self._object is not None
        self._name = self._object.name
        if not self._name:
            self._reader = LooseValue()
            self._step = self._in_kept
        elif self._sink.find_tool(self._name) is None:
            self._refuse()
        else:
            self._begin_call()
            if first == '"':
                self._unquoter = Unquoter()
                self._step = self._in_quoted
            elif first not in "{｛":
                self._odd = LooseValue()
                self._step = self._in_odd

    def _end_object(self) -> None:
        """The object of a call has ended and its arguments have not been passed on: they came first, or stand beside the
        name, or never came."""
        assert self._object is not None
        self._name = self._object.name
        parameters = self._sink.find_tool(self._name)
        if parameters is None:
            self._refuse()
            return
        beside = [f'"{key}":{value}' for key, value in self._object.beside.items() if key in parameters.kinds]
        self._begin_call()
        self._pass_on(self._kept or (f"{{{','.join(beside)}}}" if beside else ""))
        self._kept = ""
        self._object.name = ""
        self._end_call()

    def _pass_on(self, kept: str) -> None:
        """Arguments that had to be read before they could be: an object, or one in a string; anything else is none."""
        if kept.startswith('"'):
            said = msgspec.json.decode(kept.encode("utf-8", "replace"))
            self._feed_unquoted(str(said))
            self._finish_reader()
        elif kept.startswith("{"):
            self._feed_unquoted(kept)
        else:
            self._sink.write_arguments("{}")

    def _in_kept(self, text: str, start: int) -> int:
        assert self._object is not None
        end = self._reader.feed(text, start)
        if self._reader.is_done:
            self._kept = "".join(self._reader.written)
            self._object.resume()
            self._step = self._in_object
        return end

    def _in_odd(self, text: str, start: int) -> int:
        """Something else than an object where the arguments should be."""
        end = self._odd.feed(text, start)
        if self._odd.is_done:
            self._pass_on("".join(self._odd.written))
            self._end_call()
        return end

    def _in_quoted(self, text: str, start: int) -> int:
        """Arguments in a string."""
        end = self._unquoter.feed(text, start)
        said = "".join(self._unquoter.text)
        self._unquoter.text.clear()
        self._feed_unquoted(said)
        if self._unquoter.is_done:
            self._finish_reader()
            self._end_call()
        return end

    def _feed_unquoted(self, said: str) -> None:
        reader = self._reader
        if isinstance(reader, ArgumentsReader) and reader.is_fresh and (said := said.lstrip()) and said[0] not in "{｛":
            reader.open_call()
        reader.feed(said)
        self._write()

    def _finish_reader(self) -> None:
        """Make an object of what has been read, even if that is nothing."""
        if isinstance(self._reader, ArgumentsReader) and self._reader.is_fresh:
            self._reader.open_call()
        self._reader.finish()
        self._write()

    def _in_arguments(self, text: str, start: int) -> int:
        end = self._reader.feed(text, start)
        self._write()
        if self._reader.is_done:
            self._end_call()
        return end

    def _begin_call(self, *, opens_call: bool = False) -> None:
        parameters = self._sink.find_tool(self._name)
        assert parameters is not None
        reader = ArgumentsReader(parameters)
        if opens_call:
            reader.open_call()
        self._reader = reader
        self._step = self._in_arguments
        self.is_open = True
        self.count += 1
        self._sink.begin_call(self._name)

    def _write(self) -> None:
        written = self._reader.written
        if written:
            self._sink.write_arguments("".join(written))
            written.clear()

    def _end_call(self) -> None:
        self.is_open = False
        self.is_spoilt = self._reader.is_spoilt
        self.has_ended_call = True
        self._name = ""
        self._patience = MAX_STEPS
        self._is_settled = True
        self._eaten.clear()
        self._sink.end_call()
        self._step = self._seek
        if self._object is not None:
            self._object.resume()
            if self._object.is_done:
                self._object = None
            else:
                self._step = self._in_object

"""Events → a client's stream.

Spec: https://platform.openai.com/docs/api-reference/responses-streaming
Clients want a strict order: every item is added and done before the next one, every piece of content inside its item,
and a last event that holds the whole answer. Events of a part that overlaps an earlier one therefore wait until that
one has ended. Texts that stand together are pieces of one message, which closes when something else begins.
Invariant: a terminal event is sent only for `StreamEnd` and by `fail`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.openai_responses.answer_body import Body, change_body, read_status, write_body
from dragoman.dialects.openai_responses.emit_output import OutputWriter, report_lost_token
from dragoman.dialects.openai_responses.emit_parts import report_citation
from dragoman.dialects.openai_responses.emit_response import report_ending, report_logprobs, select_ending
from dragoman.dialects.openai_responses.errors import failure_fields
from dragoman.dialects.openai_responses.marks import (
    Fields,
    find_minter,
    is_ours,
    read_marks,
    report_foreign_extras,
)
from dragoman.dialects.openai_responses.output_frames import OutputFrames
from dragoman.dialects.openai_responses.output_items import response_id, signature_item
from dragoman.dialects.openai_responses.stream_parts import OpenCall, OpenMessage, OpenPart, OpenReasoning, OpenText
from dragoman.dialects.openai_responses.wire import ENDING_BY_FINISH, NAME
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Audio, Extras
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Finish, Response
from dragoman.model.usage import Usage

_NO_REQUEST = Request(model="", turns=[])
_ENDS = {"incomplete": "response.incomplete", "failed": "response.failed"}


class ResponsesEmitter:
    """State of one stream."""

    def __init__(self, request: Request, losses: list[Loss]) -> None:
        self._request = request
        self._losses = losses
        self._frames = OutputFrames()
        self._writer = OutputWriter("", request, losses, is_ours=False)
        self._writer.items = self._frames.items
        self._start: s.StreamStart | None = None
        self._usage: Usage | None = None
        self._finish = Finish("other")
        self._message: OpenMessage | None = None
        self._open: OpenPart | None = None
        self._current: int | None = None
        self._waiting: dict[int, list[Any]] = {}
        self._ignored: set[int] = set()
        self._announced: dict[str, int] = {}
        self._places: dict[int, int] = {}
        self._reported: set[str] = set()

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        """The bytes for these events."""
        for position, event in enumerate(events):
            if type(event) is s.TextDelta and event.part == self._current:
                self._add_text(event.text, events, position)
            else:
                self.HANDLERS[type(event)](self, event)
                while self._current is None and self._waiting:
                    self._let_in()
        return self._frames.take()

    def fail(self, error: DragomanError) -> bytes:
        """The stream has failed: what the client has so far, and why there is no more."""
        failed = {"status": "failed", "error": failure_fields(error), "completed_at": None}
        self._frames.send("response.failed", {"response": change_body(self._body(self._frames.output()), failed)})
        return self._frames.take()

    # -- order -------------------------------------------------------------------------------------------------------

    def _begin(self, event: Any) -> None:
        """A part starts now, or, while another is open, later."""
        if event.candidate:
            self._ignore(event)
        elif self._current is not None:
            self._waiting[event.part] = [event]
        else:
            self._current = event.part
            self.OPENERS[type(event)](self, event)

    def _continue(self, event: Any) -> None:
        """A delta, citation or end of a part that is open, waits, or is ignored."""
        if event.part == self._current:
            self.CONTINUERS[type(event)](self, event)
        elif event.part in self._waiting:
            self._waiting[event.part].append(event)

    def _let_in(self) -> None:
        part = next(iter(self._waiting))
        for event in self._waiting.pop(part):
            self.HANDLERS[type(event)](self, event)

    def _ignore(self, event: Any) -> None:
        if event.candidate not in self._ignored:
            self._ignored.add(event.candidate)
            self._losses.append(Loss("dropped", f"candidates[{event.candidate}]"))

    def _lose(self, field: str, code: Any = "dropped", detail: str = "") -> None:
        self._losses.append(Loss(code, f"candidates[0].parts[{self._current}]{field}", detail))

    # -- parts -------------------------------------------------------------------------------------------------------

    def _add_text(self, text: str, events: list[s.StreamEvent], position: int) -> None:
        """A delta takes the probabilities of its tokens along if they stand right behind it."""
        following = events[position + 1] if position + 1 < len(events) else None
        if isinstance(following, s.LogprobsDelta) and isinstance(self._open, OpenText):
            self._open.add_with_logprobs(text, following.logprobs.get("content") or [])
        else:
            assert self._open is not None
            self._open.add(text)

    def _open_text(self, event: s.TextStart | s.RefusalStart) -> None:
        if self._message is None or "_item" in read_marks(event.extras):
            self._close_message()
            self._message = OpenMessage(self._frames, event.extras, self._writer.id)
        self._report_extras(event.extras)
        self._open = OpenText(self._message, is_text=isinstance(event, s.TextStart))

    def _open_reasoning(self, event: s.ReasoningStart) -> None:
        self._close_message()
        self._open = OpenReasoning(self._frames, event, self._writer.id, wants_tokens=self._writer.wants_tokens)

    def _open_call(self, event: s.ToolCallStart) -> None:
        self._close_message()
        self._report_extras(event.extras)
        if event.signature is not None:
            self._send_signature(event.id, event.signature, find_minter(event.extras))
        self._open = OpenCall(self._frames, event, self._writer.id, self._writer.namespaces)

    def _send_signature(self, call_id: str, signature: str, minter: str | None) -> None:
        if minter is None or not self._writer.wants_tokens:
            self._lose(".signature", "stripped_token", "the client did not ask for encrypted content")
            return
        item = signature_item(call_id, signature, minter, self._writer.id, len(self._frames.items))
        self._frames.finish_item(self._frames.add_item(item), item)

    def _add_delta(self, event: s.TextDelta | s.RefusalDelta) -> None:
        assert self._open is not None
        self._open.add(event.text)

    def _add_reasoning(self, event: s.ReasoningDelta) -> None:
        assert isinstance(self._open, OpenReasoning)
        self._open.add_section(event.text, event.section)

    def _add_arguments(self, event: s.ToolCallDelta) -> None:
        assert self._open is not None
        self._open.add(event.arguments)

    def _add_citation(self, event: s.TextCitation) -> None:
        if not (isinstance(self._open, OpenText) and self._open.cite(event.citation)):
            self._lose(".citations", "dropped", "only web addresses and the provider's own files can be cited")
        else:
            report_citation(event.citation, f"candidates[0].parts[{self._current}].citations", self._losses)

    def _end_part(self, event: Any) -> None:
        assert self._open is not None
        self._open.end(event)
        if getattr(event, "signature", None) is not None and isinstance(self._open, OpenText):
            self._lose(".signature", "stripped_token")
        if isinstance(self._open, OpenReasoning):
            self._report_extras(event.extras)
            self._writer.place.part = event.part
            report_lost_token(self._open.whole, self._writer.place, wants_tokens=self._writer.wants_tokens)
        self._open = self._current = None

    def _put_whole(self, event: s.PartDone) -> None:
        """A part in one piece: its item is added and done at once, unless it was announced before."""
        self._close_message()
        if isinstance(event.content, Audio) and event.content.transcript:
            self._speak(event.part, event.content.transcript)
            return
        self._current = None
        first = len(self._frames.items)
        self._writer.write_part(event.content, event.part)
        items = self._frames.items[first:]
        del self._frames.items[first:]
        for item in items:
            index = self._announced.pop(str(item.get("id")), None)
            self._frames.finish_item(self._frames.add_item(item) if index is None else index, item)

    def _speak(self, part: int, transcript: str) -> None:
        """Sound is told as its words, in a message of its own."""
        self._lose("", "approximated", "audio becomes its transcript")
        self._open_text(s.TextStart(part))
        self._add_delta(s.TextDelta(part, transcript))
        self._end_part(s.TextEnd(part))
        self._close_message()

    def _close_message(self) -> None:
        if self._message is not None:
            self._message.close()
            self._message = None

    def _report_extras(self, extras: Extras | None) -> None:
        if extras is not None and not is_ours(extras):
            report_foreign_extras(extras, f"candidates[0].parts[{self._current}]", self._losses)

    # -- the rest ----------------------------------------------------------------------------------------------------

    def _take_start(self, event: s.StreamStart) -> None:
        self._start = event
        self._usage = event.usage
        self._writer.id = response_id(event.id)
        report_foreign_extras(event.extras, "", self._losses)
        response = change_body(self._body([]), {"status": "in_progress", "completed_at": None, "usage": None})
        self._frames.send("response.created", {"response": response})
        self._frames.send("response.in_progress", {"response": response})

    def _pass_on(self, event: s.OpaqueEvent) -> None:
        """An event of our own about an item without a canonical form; its index is ours, not the provider's."""
        content = event.content
        if content.dialect != NAME:
            if content.kind not in self._reported:
                self._reported.add(content.kind)
                self._losses.append(Loss("dropped", f"events.{content.kind}", f"a word of {content.dialect} alone"))
            return
        fields = {name: field for name, field in content.value.items() if name not in ("type", "sequence_number")}
        place = fields.get("output_index")
        if content.kind == "response.output_item.added":
            self._announce(fields)
        elif place is None:
            self._frames.send(content.kind, fields)
        elif type(place) is int and place in self._places:
            self._frames.send(content.kind, fields | {"output_index": self._places[place]})

    def _announce(self, fields: Fields) -> None:
        """The provider works at several of its own items at a time; each is done when it comes whole."""
        if self._current is None:
            self._close_message()
        index = self._frames.add_item(fields["item"])
        self._announced[str(fields["item"].get("id"))] = index
        self._places[fields["output_index"]] = index

    def _take_logprobs(self, event: s.LogprobsDelta) -> None:
        """Those of text are taken with it."""
        for name, tokens in event.logprobs.items():
            if tokens and name != "content" and name not in self._reported:
                self._reported.add(name)
                report_logprobs({name: tokens}, self._losses)

    def _take_usage(self, event: s.UsageReport) -> None:
        self._usage = event.usage

    def _end_candidate(self, event: s.CandidateEnd) -> None:
        if event.candidate == 0:
            self._finish = event.finish
            report_foreign_extras(event.finish.extras, "candidates[0].finish", self._losses)

    def _end_stream(self, event: s.StreamEnd) -> None:
        if self._message is not None:
            self._message.close(is_cut=self._is_cut(self._message))
        for index in self._announced.values():
            self._frames.finish_item(index, self._frames.items[index])  # never came: it ends as it began
        report_foreign_extras(event.extras, "", self._losses)
        body = self._body(self._frames.output(), event.extras, self._losses)
        self._frames.send(_ENDS.get(str(read_status(body)), "response.completed"), {"response": body})

    def _is_cut(self, last: OpenMessage) -> bool:
        """Whether more would have been said in the last message."""
        if self._start is not None and is_ours(self._start.extras):
            return ENDING_BY_FINISH[self._finish.reason][0] == "incomplete"
        return select_ending(self._finish, [*self._frames.output(), last.whole()])[0] == "incomplete"

    def _body(self, items: list[Any], extras: Extras | None = None, losses: list[Loss] | None = None) -> Body | Fields:
        """The answer as it stands. At its end `losses` take what cannot be said of how it ended."""
        start = self._start
        if start is None:
            return write_body(Response("", "", []), items, ENDING_BY_FINISH["stop"], _NO_REQUEST)
        if extras is None or not is_ours(start.extras):
            extras = start.extras
        response = Response(start.id, start.model, [], self._usage, start.created_unix, start.service_tier, extras)
        if is_ours(start.extras):
            return write_body(response, items, ENDING_BY_FINISH[self._finish.reason], self._request)
        ending = select_ending(self._finish, items)
        if losses is not None:
            report_ending(self._finish, ending, losses)
        return write_body(response, items, ending, self._request)

    OPENERS: ClassVar[dict[type, Callable[[ResponsesEmitter, Any], None]]] = {
        s.TextStart: _open_text,
        s.RefusalStart: _open_text,
        s.ReasoningStart: _open_reasoning,
        s.ToolCallStart: _open_call,
        s.PartDone: _put_whole,
    }

    CONTINUERS: ClassVar[dict[type, Callable[[ResponsesEmitter, Any], None]]] = {
        s.TextDelta: _add_delta,
        s.RefusalDelta: _add_delta,
        s.ReasoningDelta: _add_reasoning,
        s.ToolCallDelta: _add_arguments,
        s.TextCitation: _add_citation,
        s.TextEnd: _end_part,
        s.RefusalEnd: _end_part,
        s.ReasoningEnd: _end_part,
        s.ToolCallEnd: _end_part,
    }

    HANDLERS: ClassVar[dict[type, Callable[[ResponsesEmitter, Any], None]]] = {
        **dict.fromkeys(OPENERS, _begin),
        **dict.fromkeys(CONTINUERS, _continue),
        s.StreamStart: _take_start,
        s.LogprobsDelta: _take_logprobs,
        s.OpaqueEvent: _pass_on,
        s.UsageReport: _take_usage,
        s.CandidateEnd: _end_candidate,
        s.StreamEnd: _end_stream,
    }

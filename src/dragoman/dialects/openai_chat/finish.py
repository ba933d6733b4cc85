"""Why an answer ended: the provider's word into the model's, and back."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_chat.marks import form_of, keep, own_fields
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.dialects.openai_chat.wire import APPROXIMATE_FINISHES, FINISH_FROM_WIRE, FINISH_TO_WIRE
from dragoman.model.response import Finish, FinishReason
from dragoman.wire.json_read import Fields

_STOP_TEXT_FIELDS = ("stop_reason", "matched_stop")
"""Where vLLM and SGLang tell which stop sequence was met (as a number, which token)."""

PLAIN_FINISHES: dict[str | None, Finish] = {
    word: Finish(reason, None, word) for word, reason in FINISH_FROM_WIRE.items() if FINISH_TO_WIRE[reason] == word
}
"""What most answers end with."""


def parse_finish(word: Any, rest: Fields, *, has_calls: bool = False, has_refusal: bool = False) -> Finish:
    """The finish of a choice. `rest` holds the choice's unknown fields, which ride along.

    A server may say "stop" although tools were called or the model declined; the model then says what is true, and the
    word is remembered for this dialect.
    """
    wire = word if type(word) is str else None
    known = PLAIN_FINISHES.get(wire)
    if known is not None and not rest and (known.reason != "stop" or not (has_calls or has_refusal)):
        return known
    reason: FinishReason = FINISH_FROM_WIRE.get(wire, "other") if wire is not None else "other"
    stop_sequence = None
    if reason == "stop":
        stop_sequence = _find_stop_sequence(rest)
        if has_calls:
            reason = "tool_calls"
        elif has_refusal:
            reason = "refusal"
        elif stop_sequence is not None:
            reason = "stop_sequence"
    form = {} if wire is None or FINISH_TO_WIRE[reason] == wire else {"finish": wire}
    return Finish(reason, stop_sequence, wire, keep(rest, form))


def emit_finish(finish: Finish, outlet: Outlet, path: str, *, has_refusal: bool) -> str:
    """One of OpenAI's words, or the one that came in this dialect."""
    if finish.extras is None and finish.stop_sequence is None and finish.reason not in APPROXIMATE_FINISHES:
        return FINISH_TO_WIRE[finish.reason]
    remembered = form_of(finish.extras).get("finish")
    if type(remembered) is str:
        return remembered
    if finish.stop_sequence is not None and _find_stop_sequence(own_fields(finish.extras)) is None:
        outlet.lose(f"{path}.finish.stop_sequence", "Nobody says here which one was met.")
    if finish.reason == "refusal" and has_refusal:
        return "stop"
    if finish.reason in APPROXIMATE_FINISHES and finish.wire is not None:
        outlet.lose(f"{path}.finish", f"{finish.reason} has no word here.", "approximated")
    return FINISH_TO_WIRE[finish.reason]


def _find_stop_sequence(rest: Fields) -> str | None:
    for name in _STOP_TEXT_FIELDS:
        value = rest.get(name)
        if type(value) is str and value not in FINISH_FROM_WIRE:
            return value
    return None

"""A call was required and none came: what the model is told, once."""

from __future__ import annotations

import msgspec

from dragoman.adapt.unmet import UnmetError
from dragoman.model.content import Text
from dragoman.model.request import Request, Turn

CODE = "tool_call_missing"
MAX_REPEATED = 4000


def demand_call(request: Request, names: list[str], said: str) -> UnmetError:
    """The error, with the same request and a reminder behind it."""
    which = names[0] if len(names) == 1 else f"one of {', '.join(names)}"
    reminder = f"You did not call a tool. Call {which} now, in the form that was described, and write nothing else."
    answered = said.strip()[:MAX_REPEATED] or "(nothing)"
    turns = [
        *request.turns,
        Turn("assistant", [Text(answered)], shorthand=True),
        Turn("user", [Text(reminder)], shorthand=True),
    ]
    correction = msgspec.structs.replace(request, turns=turns)
    message = f"The model was required to call {which}, and did not; neither did it when it was reminded."
    return UnmetError(message, correction, CODE)

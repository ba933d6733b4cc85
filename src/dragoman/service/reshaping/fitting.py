"""Makes requests fit their target's context window, in the way that the operator chose; without a choice nothing here
is ever called. Whatever is done is told as a loss, and what cannot be made to fit is refused with the numbers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec

from dragoman.adapt.context.bound import bound_tokens
from dragoman.adapt.context.conversation import DROPPED, DROPPED_MIDDLE, MARK_TOKENS, SUMMED_UP, Conversation, Cut
from dragoman.adapt.context.rules import ContextRules
from dragoman.adapt.counting.ruler import Ruler, find_ruler
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss, LossCode
from dragoman.model.request import Request
from dragoman.routing.target import Target
from dragoman.service.reshaping.summaries import Summaries
from dragoman.service.shaping import Shaped

LEAST_OUTPUT_TOKENS = 16

_log = logging.getLogger("dragoman.context")


class Task(msgspec.Struct):
    """One request that is too long for its target, while it is made shorter. `frame`: the tokens of all but its turns."""

    conversation: Conversation
    target: Target
    window: int
    reserved: int
    frame: float
    room: float  # for the turns
    losses: list[Loss]

    @property
    def tokens(self) -> int:
        return round(self.frame + self.conversation.tokens)

    @property
    def is_fitting(self) -> bool:
        return self.conversation.tokens <= self.room


class ContextShaping:
    """Fits the requests of one route. `largest` is the largest window that the route leads to."""

    def __init__(self, rules: ContextRules, largest: int = 0, summaries: Summaries | None = None) -> None:
        self._rules = rules
        self._largest = largest
        self._summaries = summaries

    async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped:
        rules = self._rules
        window = rules.window_tokens or target.profile.context_window
        if not window:
            return Shaped(request)
        ruler = find_ruler(target.model)
        reserved = min(request.max_output_tokens or rules.reserve_output_tokens, window // 2)
        frame = ruler.count_frame(request)
        room = window * (1 - rules.margin) - reserved - frame
        if bound_tokens(request.turns) <= room and (request.max_output_tokens or 0) <= reserved:
            return Shaped(request)
        task = Task(Conversation(request.turns, ruler), target, window, reserved, frame, room, losses)
        if not task.is_fitting:
            turns = await self._make_fit(task)
            request = msgspec.structs.replace(request, turns=turns.turns)
        return Shaped(limit_output(request, task))

    async def _make_fit(self, task: Task) -> Conversation:
        asked = task.tokens
        for step in self._rules.steps:
            await self.STEPS[step](self, task)
            if task.is_fitting:
                return task.conversation
        raise refuse(task, asked)

    # -- steps: each makes the conversation shorter if it can ----------------------------------------------------------

    async def _refuse(self, task: Task) -> None:
        raise refuse(task, task.tokens)

    async def _leave_to_larger(self, task: Task) -> None:
        """The plan of attempts goes on to the next target, which is asked the same."""
        if task.window < self._largest:
            raise refuse(task, task.tokens)

    async def _trim_results(self, task: Task) -> None:
        task.conversation, count = task.conversation.trim_results(task.room, self._rules)
        if count:
            limit = self._rules.result_tokens
            self._tell(task, "approximated", f"{count} results of tools were cut to about {limit} tokens")

    async def _drop_oldest(self, task: Task) -> None:
        self._leave_out(task, task.conversation.find_oldest(task.room, self._rules), DROPPED, "the oldest")

    async def _drop_middle(self, task: Task) -> None:
        self._leave_out(task, task.conversation.find_middle(task.room, self._rules), DROPPED_MIDDLE, "the middle")

    async def _summarise(self, task: Task) -> None:
        """A summary that cannot be had is no reason to fail: the next step has its turn."""
        rules = self._rules
        if self._summaries is None or self._summaries.is_inner:
            return
        cut = task.conversation.find_oldest(task.room, rules, MARK_TOKENS + rules.summary_tokens)
        if cut is None:
            return
        try:
            chunks = task.conversation.list_chunks(cut)
            summary = await self._summaries.sum_up(chunks, rules, task.conversation.ruler)
        except DragomanError as error:
            _log.warning("no summary from %r: %r", rules.summary_route, error)
            return
        note = SUMMED_UP.replace("{summary}", cut_text(summary, rules.summary_tokens, task.conversation.ruler))
        self._leave_out(task, cut, note, "the oldest", f", and stand summed up by {rules.summary_route!r}")

    def _leave_out(self, task: Task, cut: Cut | None, note: str, which: str, instead: str = "") -> None:
        if cut is None:
            return
        count = sum(len(unit) for unit in task.conversation.units[cut.first : cut.last])
        total = len(task.conversation.turns)
        task.conversation = task.conversation.leave_out(cut, note)
        self._tell(
            task, "approximated" if instead else "dropped", f"{count} of {total} turns, {which}, were left out{instead}"
        )

    def _tell(self, task: Task, code: LossCode, what: str) -> None:
        detail = f"{what}: the request does not fit into {task.window} tokens"
        task.losses.append(Loss(code, "conversation", detail))

    STEPS: ClassVar[dict[str, Callable[[ContextShaping, Task], Awaitable[None]]]] = {
        "error": _refuse,
        "larger": _leave_to_larger,
        "trim_results": _trim_results,
        "drop_oldest": _drop_oldest,
        "middle_out": _drop_middle,
        "summarise": _summarise,
    }


def refuse(task: Task, tokens: int) -> DragomanError:
    """Says what would have to be shorter, and by how much."""
    return DragomanError(
        Kind.CONTEXT_LENGTH,
        f"The request has about {tokens} tokens ({round(task.frame)} of them tools and the like), and {task.reserved} are"
        f" kept for the answer; {task.target.name} has room for {task.window}. Send about"
        f" {max(1, tokens - round(task.room + task.frame))} tokens less.",
        code="context_length_exceeded",
    )


def cut_text(text: str, tokens: int, ruler: Ruler) -> str:
    """The beginning of a text, so that it has about so many tokens at most."""
    counted = ruler.count_text(text)
    return text if counted <= tokens else text[: int(len(text) * tokens / counted)]


def limit_output(request: Request, task: Task) -> Request:
    """The request with no longer an answer than there is room for beside it: providers refuse others."""
    wanted = request.max_output_tokens
    left = round(task.window - task.frame - task.conversation.tokens)
    if wanted is None or wanted <= left:
        return request
    least = max(left, LEAST_OUTPUT_TOKENS)
    task.losses.append(Loss("approximated", "max_tokens", f"{wanted} were asked for; there is room for {least}"))
    reasoning = request.reasoning
    if reasoning is not None and reasoning.budget_tokens is not None and reasoning.budget_tokens >= least:
        reasoning = msgspec.structs.replace(reasoning, budget_tokens=least // 2)
    return msgspec.structs.replace(request, max_output_tokens=least, reasoning=reasoning)

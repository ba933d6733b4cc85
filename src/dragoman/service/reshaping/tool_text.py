"""Tools for targets that have none (`profile.tool_form`): told in the prompt, called as text."""

from __future__ import annotations

from dragoman.adapt.tools.prompt import tell_tools, uses_tools
from dragoman.adapt.tools.reshape import ToolReshape
from dragoman.clock import IdSource
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.routing.target import Target
from dragoman.service.shaping import Shaped


class ToolTextShaping:
    """One instance serves all requests."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids

    async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped:
        """The request without tools, and who finds calls in the answer."""
        if not uses_tools(request):
            return Shaped(request)
        told, plan = tell_tools(request, target.profile.tool_form, losses)
        return Shaped(told, ToolReshape(request, plan, self._make_id, losses) if plan is not None else None)

    def _make_id(self) -> str:
        return self._ids.make("call_")

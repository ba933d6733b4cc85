"""Demanded calls for targets that are bound to one by a schema (`profile.tool_demand`)."""

from __future__ import annotations

from dragoman.adapt.tools.bound import bind_call
from dragoman.adapt.tools.reshape import ToolReshape
from dragoman.clock import IdSource
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.routing.target import Target
from dragoman.service.shaping import Shaped


class BoundCallShaping:
    """One instance serves all requests."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids

    async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped:
        """The request with the schema of a call, and who makes a call of the answer."""
        bound, plan = bind_call(request)
        return Shaped(bound) if plan is None else Shaped(bound, ToolReshape(request, plan, self._make_id, losses))

    def _make_id(self) -> str:
        return self._ids.make("call_")

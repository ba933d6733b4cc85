"""JSON by a schema from targets that cannot be held to one (`profile.structured_output` is false)."""

from __future__ import annotations

from dragoman.adapt.output.ask import OutputReshape, ask_for_json
from dragoman.model.loss import Loss
from dragoman.model.request import JsonSchemaOutput, Request
from dragoman.routing.target import Target
from dragoman.service.shaping import Shaped


class OutputTextShaping:
    """One instance serves all requests."""

    async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped:
        """The request with its wish in words, and who checks the answer."""
        if not isinstance(request.output, JsonSchemaOutput):  # any object: who can do no schema may well do that
            return Shaped(request)
        return Shaped(ask_for_json(request, losses), OutputReshape(request))

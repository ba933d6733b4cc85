"""An unmet demand is an error like any other that carries the request that may mend it."""

from __future__ import annotations

from dragoman.adapt.unmet import UnmetError
from dragoman.errors import DragomanError
from dragoman.model.request import Request


def test_an_unmet_demand_is_the_providers_fault_and_brings_its_correction() -> None:
    correction = Request("m", [])
    error = UnmetError("No tool was called.", correction, "tool_required")
    assert isinstance(error, DragomanError)
    assert (error.blame, error.status, error.code) == ("upstream", 400, "tool_required")
    assert error.correction is correction

"""The kinds of values that settings have. Units stand in the names of the settings."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Count = Annotated[int, Meta(ge=1)]
NoneOrMore = Annotated[int, Meta(ge=0)]
Dollars = Annotated[float, Meta(ge=0, le=1_000_000)]
Factor = Annotated[float, Meta(ge=0, le=1_000)]
Share = Annotated[float, Meta(gt=0, le=1)]
Weight = Annotated[float, Meta(gt=0)]

"""How many examples a property is tried with: as many as it says in `make test`, many times as many in `make soak`."""

from __future__ import annotations

from hypothesis import settings

USUAL = 100
"""What hypothesis tries where nothing else is said; a profile that says more multiplies every other number, too."""


def trials(count: int) -> settings:
    """The loaded profile's settings, for a property that is usually tried so many times; stands above a test."""
    return settings(max_examples=count * settings().max_examples // USUAL)

"""Two ways to try properties: `steady` draws the same examples in every run, so that nothing turns red by chance;
`hunt` draws others each time, and many more (`make soak`). A failure prints the line that repeats it.

Theory of operation: hypothesis also draws from the constants of the modules that happen to be loaded. Then any edit
anywhere, and any order of the tests, is another seed; so `steady` goes without them.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from tests.trials import USUAL

STEADY = settings(
    derandomize=True,
    max_examples=USUAL,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("steady", STEADY)
settings.register_profile("hunt", STEADY, derandomize=False, max_examples=20 * USUAL)
settings.load_profile("steady")


def pytest_sessionstart(session: pytest.Session) -> None:
    """By now the profile is the one that the command line has named."""
    if settings().derandomize:
        providers._get_local_constants = Constants

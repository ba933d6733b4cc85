"""Variables that lead a provider back to the gateway itself.

`OPENAI_BASE_URL` and its like are read by the clients as well, and point at the gateway for their sake. Resolving takes
such a variable for unset (`config/providers.py`); here the operator is told so.
"""

from __future__ import annotations

from collections.abc import Mapping

from dragoman.catalog.discover import find_moves
from dragoman.catalog.providers import load_rows
from dragoman.config.addresses import find_url_fault, points_at
from dragoman.config.schema import Settings


def find_detours(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """One sentence for each variable that is not taken at its word."""
    server = settings.server
    return [
        f"{variable} is the address of this gateway itself: it is left to the clients and says nothing of a provider."
        for variable, url in find_moves(environment, load_rows()).items()
        if not find_url_fault(url) and points_at(url, server.host, server.port)
    ]

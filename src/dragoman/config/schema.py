"""Every setting there is: one field for each section, whose settings stand in `sections/`.

The text below a field is its documentation: `tools/reference.py` makes the reference from it, and a test fails if one
is missing. Units stand in names. After `load_settings` all fields that the catalogue can fill are filled, so a reader
never has to look in two places.
"""

from __future__ import annotations

import msgspec

from dragoman.config.sections.auth import AuthSettings
from dragoman.config.sections.bodies import BodiesSettings
from dragoman.config.sections.budgets import BudgetSettings
from dragoman.config.sections.cache import CacheSettings
from dragoman.config.sections.console import ConsoleSettings
from dragoman.config.sections.context import ContextSettings
from dragoman.config.sections.ledger import LedgerSettings
from dragoman.config.sections.local import LocalSettings
from dragoman.config.sections.logging import LoggingSettings
from dragoman.config.sections.media import MediaSettings
from dragoman.config.sections.metrics import MetricsSettings
from dragoman.config.sections.otel import OtelSettings
from dragoman.config.sections.plugins import PluginSettings
from dragoman.config.sections.prices import PriceSettings
from dragoman.config.sections.providers import ProviderSettings
from dragoman.config.sections.responses import ResponsesSettings
from dragoman.config.sections.routes import RouteSettings
from dragoman.config.sections.routing import RoutingSettings
from dragoman.config.sections.server import ServerSettings
from dragoman.config.sections.timeouts import TimeoutSettings
from dragoman.config.sections.uploads import UploadsSettings


class Settings(msgspec.Struct, frozen=True):
    """All of it."""

    server: ServerSettings = ServerSettings()
    """Where the gateway listens and what it bears."""

    auth: AuthSettings = AuthSettings()
    """Who may use the gateway."""

    timeouts: TimeoutSettings = TimeoutSettings()
    """How long to wait for a provider, unless a provider or a route says otherwise."""

    context: ContextSettings = ContextSettings()
    """What is done with conversations that are longer than a model's context window, unless a route says otherwise."""

    providers: dict[str, ProviderSettings] = {}
    """Who serves, by a name of your choice (letters, digits, `.`, `_`, `-`)."""

    discover_providers: bool = True
    """Whether providers whose keys are in the environment are added to those listed."""

    routes: dict[str, RouteSettings] = {}
    """Public model names. Beside them `provider/model` always works."""

    routing: RoutingSettings = RoutingSettings()
    """How hard the gateway tries."""

    local: LocalSettings = LocalSettings()
    """Models that run on this machine."""

    media: MediaSettings = MediaSettings()
    """What is done for models that cannot take images, videos or documents as they come."""

    plugins: list[PluginSettings] = []
    """What is put around every request, in this order."""

    ledger: LedgerSettings = LedgerSettings()
    """What is kept of every exchange."""

    budgets: BudgetSettings = BudgetSettings()
    """What all exchanges together may cost."""

    responses: ResponsesSettings = ResponsesSettings()
    """Responses that the gateway itself keeps, with all that was said."""

    uploads: UploadsSettings = UploadsSettings()
    """What callers have handed in to refer to later, kept by the gateway itself."""

    cache: CacheSettings = CacheSettings()
    """Answers that are given again."""

    bodies: BodiesSettings = BodiesSettings()
    """What is kept, word for word, of what was said."""

    prices: list[PriceSettings] = []
    """Prices of your own, above the list prices that Dragoman knows."""

    metrics: MetricsSettings = MetricsSettings()
    """What is counted for Prometheus."""

    console: ConsoleSettings = ConsoleSettings()
    """What operators see and steer the gateway by."""

    otel: OtelSettings = OtelSettings()
    """What is sent to an OpenTelemetry collector."""

    logging: LoggingSettings = LoggingSettings()
    """What is logged, and in which form."""

"""Asks servers of one's own which models they have, now and then and beside the traffic.

What was found is kept until something else is found; a server that does not answer loses nothing, since it may be
starting. Only providers of the catalogue's local rows are asked, and only those of whom nobody has said which models
they have.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

import msgspec

from dragoman.catalog.listings import DEFAULT_PAGES, PAGES, ListedModel, Models, Page
from dragoman.catalog.providers import load_rows
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import ProviderSettings
from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import HeaderPairs, Timeouts
from dragoman.service.providers import build_credentials, build_face
from dragoman.upstream.transport import OutgoingRequest, Transport
from dragoman.wire.json_document import encode_json

AGAIN_SECONDS = 60.0
MAX_PAGE_BYTES = 4 * 1024 * 1024
MAX_ASKED_EACH = 64
TIMEOUTS = Timeouts(connect=1.0, send=2.0, first_byte=4.0, idle=4.0, progress=4.0, total=8.0)

Findings = Mapping[str, Models]
"""By the provider's name."""

_log = logging.getLogger(__name__)


def needs_discovery(provider: ProviderSettings) -> bool:
    """Whether a server of one's own has to be asked."""
    row = load_rows().get(provider.row)
    return provider.enabled and row is not None and row.local and not provider.models


async def ask_models(transport: Transport, provider: ProviderSettings) -> Models:
    """The models of one server; raises if it does not answer."""
    asker = _Asker(transport, provider)
    first, *others = PAGES.get(provider.row, DEFAULT_PAGES)
    models = first.read(await asker.ask(first), ())
    for page in others:
        if page.asks_each:
            models = (
                tuple([await asker.add(page, model) for model in models[:MAX_ASKED_EACH]]) + models[MAX_ASKED_EACH:]
            )
        else:
            models = await asker.add_to_all(page, models)
    return models


async def ask_page(transport: Transport, provider: ProviderSettings, page: Page) -> bytes:
    """One page of a server; raises unless it is there."""
    return await _Asker(transport, provider).ask(page)


class _Asker:
    """Asks pages of one server."""

    def __init__(self, transport: Transport, provider: ProviderSettings) -> None:
        self._transport = transport
        self._face = build_face(provider.dialect, provider.base_url)
        self._headers: HeaderPairs = build_credentials(provider, [provider.dialect])[0].shown[provider.dialect].headers

    async def ask(self, page: Page, model: str = "") -> bytes:
        """The page's bytes; raises unless it is there."""
        path = (self._face.base_path if page.is_under_base else "") + page.path
        body = encode_json({"model": model}) if page.asks_each else b""
        headers = [*self._headers, *([(b"content-type", b"application/json")] if body else [])]
        method = b"POST" if page.asks_each else b"GET"
        answer = await self._transport.send(
            OutgoingRequest(self._face.origin, method, path.encode(), headers, body, TIMEOUTS)
        )
        try:
            content = await answer.read_all(MAX_PAGE_BYTES)
        finally:
            answer.close()
        if answer.status != 200:
            message = f"{path} answered with {answer.status}."
            raise DragomanError(Kind.UNAVAILABLE, message, blame="upstream")
        return content

    async def add(self, page: Page, model: ListedModel) -> ListedModel:
        """The model with what the page says of it."""
        try:
            return page.read(await self.ask(page, model.name), (model,))[0]
        except DragomanError:
            return model

    async def add_to_all(self, page: Page, models: Models) -> Models:
        try:
            return page.read(await self.ask(page), models)
        except DragomanError:
            return models


class Discovery:
    """Looks again and again. `tell` gets the settings with what was found whenever that has changed."""

    def __init__(self, transport: Transport, settings: Settings, tell: Callable[[Settings], None]) -> None:
        self._transport = transport
        self._settings = settings
        self._tell = tell
        self.findings: dict[str, Models] = {}

    def __repr__(self) -> str:
        return f"<Discovery: {', '.join(f'{name} {len(models)}' for name, models in self.findings.items())}>"

    def change(self, settings: Settings) -> None:
        """New settings are in force: what was found is put into them, too."""
        self._settings = settings
        self.findings = {name: models for name, models in self.findings.items() if name in settings.providers}
        if self.findings:
            self._tell(complete(settings, self.findings))

    async def run(self) -> None:
        """For as long as the gateway lives."""
        while True:
            await self.look()
            await asyncio.sleep(AGAIN_SECONDS)

    async def look(self) -> None:
        """Ask everybody once."""
        asked = {name: one for name, one in self._settings.providers.items() if needs_discovery(one)}
        found = await asyncio.gather(*(self._look_at(name, one) for name, one in asked.items()))
        fresh = self.findings | {name: models for name, models in zip(asked, found, strict=True) if models}
        if fresh != self.findings:
            self.findings = fresh
            self._tell(complete(self._settings, fresh))

    async def _look_at(self, name: str, provider: ProviderSettings) -> Models:
        try:
            return await ask_models(self._transport, provider)
        except DragomanError as error:
            _log.debug("the provider %s does not tell its models: %s", name, error)
            return ()


def complete(settings: Settings, findings: Findings) -> Settings:
    """The settings with the models that were found, where nobody has said which there are."""
    providers = dict(settings.providers)
    for name, models in findings.items():
        provider = providers.get(name)
        if provider is None or not needs_discovery(provider):
            continue
        windows = {model.name: model.context_window for model in models if model.context_window}
        providers[name] = msgspec.structs.replace(
            provider, models=[model.name for model in models], windows=windows | provider.windows
        )
    return msgspec.structs.replace(settings, providers=providers)

"""Those who serve: providers and their keys, the catalogue, prices, the models of this machine."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from dragoman.errors import invalid
from dragoman.http.admin.desk import Desk, note_change
from dragoman.http.admin.routes import Call, Route, Table
from dragoman.routing.target import Provider
from dragoman.service.admin.catalogue import CatalogueRow, Trial, list_catalogue, try_out
from dragoman.service.admin.local_models import Fetch, LocalModelList
from dragoman.service.admin.prices import PriceList, list_prices
from dragoman.service.admin.probe import Probe
from dragoman.service.admin.providers import CredentialView, ProviderView

CREDENTIAL = "/providers/{provider}/credentials/{credential}"


class ProviderList(msgspec.Struct, frozen=True):
    """All providers that are configured."""

    items: list[ProviderView]


class Catalogue(msgspec.Struct, frozen=True):
    """All rows of the catalogue."""

    items: list[CatalogueRow]


class Weighing(msgspec.Struct, frozen=True):
    """A key's share of the requests, compared with the others."""

    weight: Annotated[float, Meta(gt=0)]


class ProbeWish(msgspec.Struct, frozen=True):
    """Which model to ask; left out, the one that the key was used for, or the first that is known."""

    model: str = ""


class PriceQuery(msgspec.Struct, frozen=True):
    """One target, or all whose name has the text."""

    model: str = ""
    text: str = ""


async def list_providers(desk: Desk, _: Call) -> ProviderList:
    """As they stand."""
    return ProviderList(await desk.providers.read_all())


async def pause(desk: Desk, call: Call) -> CredentialView:
    """Leave a key alone."""
    return await _change_rest(desk, call, is_paused=True)


async def resume(desk: Desk, call: Call) -> CredentialView:
    """Use a key again."""
    return await _change_rest(desk, call, is_paused=False)


async def _change_rest(desk: Desk, call: Call, *, is_paused: bool) -> CredentialView:
    provider, credential = call.names["provider"], call.names["credential"]
    desk.providers.pause(provider, credential, is_paused=is_paused)
    action = "credential.pause" if is_paused else "credential.resume"
    await note_change(desk, call.caller, action, f"{provider}/{credential}")
    return await desk.providers.read_credential(provider, credential)


async def weigh(desk: Desk, call: Call) -> CredentialView:
    """Give a key another share."""
    provider, credential, weight = call.names["provider"], call.names["credential"], call.body.weight
    desk.providers.weigh(provider, credential, weight)
    await note_change(desk, call.caller, "credential.weigh", f"{provider}/{credential}", weight=f"{weight:g}")
    return await desk.providers.read_credential(provider, credential)


async def probe(desk: Desk, call: Call) -> Probe:
    """A small live call with one key; if it serves, what was held against it is forgotten."""
    name = call.names["provider"]
    _, key = desk.providers.find_key(name, call.names["credential"])
    resolver = desk.boards().resolver
    provider = next(one for one in resolver.providers if one.name == name)
    known = [*key.models, *(key.credential.models or ()), *provider.models]
    model = call.body.model or next(iter(known), "")
    if not model:
        raise invalid("Name a model to ask; none is known of this provider.", "model")
    alone: Provider = msgspec.structs.replace(provider, credentials=(key.credential,))
    result = await desk.prober.probe(alone, model, resolver.build)
    if result.ok:
        key.forgive()
    await note_change(desk, call.caller, "credential.probe", f"{name}/{key.credential.name}", ok=str(result.ok).lower())
    return result


async def try_provider(desk: Desk, call: Call) -> Probe:
    """A small live call with what somebody is about to add."""
    await note_change(desk, call.caller, "provider.try", call.body.row or call.body.base_url)
    return await try_out(call.body, desk.parse_trial, desk.prober)


async def read_catalogue(desk: Desk, _: Call) -> Catalogue:
    """Who could be added."""
    return Catalogue(list_catalogue(desk.settings()))


async def read_prices(desk: Desk, call: Call) -> PriceList:
    """What models cost."""
    return list_prices(desk.boards(), desk.pricer, call.query.model, call.query.text)


async def list_local_models(desk: Desk, _: Call) -> LocalModelList:
    """The models of this machine."""
    return await desk.local_models.read_all()


async def pull_model(desk: Desk, call: Call) -> Fetch:
    """Begin to fetch a model."""
    fetch = desk.local_models.pull(call.names["name"])
    await note_change(desk, call.caller, "model.pull", call.names["name"])
    return fetch


async def cancel_pull(desk: Desk, call: Call) -> Fetch:
    """Give a fetch up."""
    return desk.local_models.cancel(call.names["name"])


async def load_model(desk: Desk, call: Call) -> LocalModelList:
    """Start a model's worker and wait for it."""
    await desk.local_models.load(call.names["name"])
    return await desk.local_models.read_all()


async def unload_model(desk: Desk, call: Call) -> LocalModelList:
    """Stop a model's worker."""
    await desk.local_models.unload(call.names["name"])
    return await desk.local_models.read_all()


ROUTES: Table = (
    Route("GET", "/providers", "viewer", list_providers, "Providers with their keys, as they stand", ProviderList),
    Route("POST", f"{CREDENTIAL}/pause", "admin", pause, "Leave a key alone until it is resumed", CredentialView),
    Route("POST", f"{CREDENTIAL}/resume", "admin", resume, "Use a key again", CredentialView),
    Route("POST", f"{CREDENTIAL}/probe", "admin", probe, "A small live call with one key", Probe, body=ProbeWish),
    Route("PATCH", CREDENTIAL, "admin", weigh, "Give a key another share", CredentialView, body=Weighing),
    Route("POST", "/providers/test", "admin", try_provider, "Try a provider before it is kept", Probe, body=Trial),
    Route("GET", "/catalogue", "viewer", read_catalogue, "Providers that could be added", Catalogue),
    Route("GET", "/prices", "viewer", read_prices, "What models cost", PriceList, PriceQuery),
    Route("GET", "/local-models", "viewer", list_local_models, "Models of this machine", LocalModelList),
    Route("POST", "/local-models/{name}/pull", "admin", pull_model, "Begin to fetch a model", Fetch, status=202),
    Route("DELETE", "/local-models/{name}/pull", "admin", cancel_pull, "Give a fetch up", Fetch),
    Route("POST", "/local-models/{name}/load", "admin", load_model, "Start a model and wait for it", LocalModelList),
    Route("POST", "/local-models/{name}/unload", "admin", unload_model, "Stop a model", LocalModelList),
)

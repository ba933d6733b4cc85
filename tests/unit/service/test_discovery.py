"""Asking servers of one's own which models they have."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from dragoman.catalog.listings import ListedModel
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import ProviderSettings
from dragoman.errors import DragomanError, Kind
from dragoman.service.discovery import Discovery, ask_models, complete, needs_discovery
from dragoman.upstream.scripted import Script, ScriptedTransport
from dragoman.upstream.transport import OutgoingRequest
from tests.unit.service.desk import run

OLLAMA = ProviderSettings(row="ollama", dialect="openai_chat", base_url="http://127.0.0.1:11434/v1", auth="none")
VLLM = ProviderSettings(row="vllm", dialect="openai_chat", base_url="http://gpu:8000/v1", auth="none")
LLAMACPP = ProviderSettings(row="llamacpp", dialect="openai_chat", base_url="http://127.0.0.1:8080/v1", auth="none")
DOWN = DragomanError(Kind.UNAVAILABLE, "refused", blame="upstream", phase="connect")


class Server:
    """Answers pages by their path; what is not there is a 404."""

    def __init__(self, **pages: Any) -> None:
        self.pages = {f"/{name.replace('__', '/')}": page for name, page in pages.items()}
        self.is_down = False
        self.transport = ScriptedTransport(self.answer)

    def answer(self, request: OutgoingRequest) -> Script | DragomanError:
        if self.is_down:
            return DOWN
        page = self.pages.get(request.target.decode())
        if page is None:
            return Script(status=404, chunks=(b"no",))
        if callable(page):
            page = page(json.loads(request.body))
        return Script(chunks=(json.dumps(page).encode(),))


def make_ollama() -> Server:
    shown = {"big": {"parameters": "num_ctx 16384"}, "small": {}}
    tags = {"models": [{"name": "big"}, {"name": "small"}, {"name": "odd"}]}
    server = Server(api__tags=tags, api__ps={"models": [{"name": "small", "context_length": 9000}]})
    server.pages["/api/show"] = lambda body: shown.get(body["model"])
    return server


def test_ollama_is_asked_for_each_model_and_for_what_it_has_loaded() -> None:
    server = make_ollama()
    models = run(ask_models(server.transport, OLLAMA))
    assert {model.name: model.context_window for model in models} == {"big": 16_384, "small": 9000, "odd": 4096}
    assert [request.method for request in server.transport.requests] == [b"GET", b"POST", b"POST", b"POST", b"GET"]


def test_a_server_that_has_only_openais_page_is_asked_under_its_base_url() -> None:
    server = Server(v1__models={"data": [{"id": "qwen", "max_model_len": 32_768}]})
    assert run(ask_models(server.transport, VLLM)) == (ListedModel("qwen", 32_768),)


def test_what_a_further_page_does_not_say_is_not_known() -> None:
    server = Server(v1__models={"data": [{"id": "one"}]})
    assert run(ask_models(server.transport, LLAMACPP)) == (ListedModel("one"),)
    server.pages["/props"] = {"default_generation_settings": {"n_ctx": 2048}}
    assert run(ask_models(server.transport, LLAMACPP)) == (ListedModel("one", 2048),)


@pytest.mark.parametrize("server", [Server(), Server(v1__models={"data": []})])
def test_a_server_without_models_is_one_without_models(server: Server) -> None:
    told: list[Settings] = []
    run(Discovery(server.transport, Settings(providers={"vllm": VLLM}), told.append).look())
    assert told == []


def test_only_local_servers_of_which_nobody_said_what_they_have_are_asked() -> None:
    assert needs_discovery(OLLAMA)
    assert not needs_discovery(msgspec.structs.replace(OLLAMA, models=["mine"]))
    assert not needs_discovery(msgspec.structs.replace(OLLAMA, enabled=False))
    assert not needs_discovery(ProviderSettings(row="openai"))


def test_news_are_told_once_and_survive_a_server_that_is_down_and_a_reload() -> None:
    async def scenario() -> None:
        told: list[Settings] = []
        server = make_ollama()
        settings = Settings(providers={"ollama": OLLAMA})
        discovery = Discovery(server.transport, settings, told.append)
        for _ in range(2):
            await discovery.look()
        server.is_down = True
        await discovery.look()
        assert len(told) == 1
        assert told[0].providers["ollama"].models == ["big", "small", "odd"]
        discovery.change(settings)
        assert told[1] == told[0]
        discovery.change(Settings())
        assert len(told) == 2
        assert repr(discovery) == "<Discovery: >"

    run(scenario())


def test_what_somebody_has_said_of_a_model_counts_more_than_what_its_server_says() -> None:
    said = msgspec.structs.replace(OLLAMA, windows={"big": 5})
    found = complete(Settings(providers={"o": said}), {"o": (ListedModel("big", 9), ListedModel("small", 8))})
    assert found.providers["o"].windows == {"big": 5, "small": 8}

"""`dragoman models offers`."""

from __future__ import annotations

import asyncio
import json

import msgspec
from click.testing import CliRunner

from dragoman.catalog.listings import ListedModel
from dragoman.catalog.providers import load_rows
from dragoman.cli.local_offers import Offer, find_offers, offers, select_rows

PAGE = b'{"data":[{"id":"qwen","max_model_len":4096}]}'


async def tell_models(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that lists one model, whatever it is asked."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(PAGE) + PAGE)
    writer.close()


def test_who_answers_is_offered_with_its_models_and_who_does_not_is_not() -> None:
    async def scenario() -> None:
        rows = load_rows()
        server = await asyncio.start_server(tell_models, "127.0.0.1", 0)
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            there = msgspec.structs.replace(rows["vllm"], base_url=url)
            gone = msgspec.structs.replace(rows["ollama"], base_url="http://127.0.0.1:9/v1")
            found = await find_offers([gone, there])
        assert found == [Offer("vllm", url, "VLLM_BASE_URL", [ListedModel("qwen", 4096)])]

    asyncio.run(scenario())


def test_who_listens_at_the_same_place_is_asked_once() -> None:
    rows = load_rows()
    names = [row.name for row in select_rows(rows.values())]
    assert {"vllm", "ollama", "sglang"} <= set(names)
    assert "ray-serve" not in names
    assert len({rows[name].base_url for name in names}) == len(names)


def test_the_command_lists_whatever_is_there() -> None:
    result = CliRunner().invoke(offers, ["--json"], standalone_mode=False, catch_exceptions=False)
    assert isinstance(json.loads(result.stdout), list)

"""Requests that name what was handed in get it, those that do not pass by untouched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.uploads import UploadsSettings
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.shelf import Shelf
from dragoman.ledger.uploads import UploadStore
from dragoman.service.exchange import Inbound, ReplySink
from dragoman.service.keeping import uploads as uploads_module
from dragoman.service.keeping.uploads import UploadsService
from tests.unit.service.desk import RecordingSink, client_side, run

FORM = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\nThe words.\r\n--b--\r\n'
GEMINI = "gemini_generate"
ON = UploadsSettings(keep=True)


class Place:
    """The service over a file, and what it passed on."""

    def __init__(self, folder: Path, settings: UploadsSettings = ON) -> None:
        self.passed: list[Inbound] = []
        self.counted: list[Inbound] = []
        self.shelf = Shelf(UploadStore(folder / "uploads.sqlite"), FixedClock(), settings)
        self.service = UploadsService(self.shelf, self._note(self.passed), self._note(self.counted))

    def _note(self, into: list[Inbound]) -> Any:
        async def answer(inbound: Inbound, sink: ReplySink) -> None:
            into.append(inbound)

        return answer

    async def ask(self, operation: Any, body: bytes = b"", client: str = "anthropic_messages", **more: Any) -> Any:
        sink = RecordingSink()
        await self.service.answers[operation](Inbound(client_side(client), body, principal="ann", **more), sink)
        return sink.json if sink.reply is not None else None


def name_file(file_id: str, stream: bool = False) -> bytes:
    block = {"type": "document", "source": {"type": "file", "file_id": file_id}}
    return json.dumps({"model": "m", "stream": stream, "messages": [{"role": "user", "content": [block]}]}).encode()


def test_a_request_gets_the_file_that_it_names(tmp_path: Path) -> None:
    async def work() -> None:
        place = Place(tmp_path)
        file = await place.ask("files", FORM)
        for operation in ("generate", "count_tokens"):
            await place.ask(operation, name_file(file["id"]))
        (asked,), (counted,) = place.passed, place.counted
        assert asked.body == counted.body
        (block,) = json.loads(asked.body)["messages"][0]["content"]
        assert block["source"] == {"type": "text", "media_type": "text/plain", "data": "The words."}
        await place.shelf.aclose()

    run(work())


def test_a_request_that_names_nothing_of_ours_is_passed_on_as_it_is(tmp_path: Path) -> None:
    async def work() -> None:
        place = Place(tmp_path)
        for client, body in (
            ("anthropic_messages", b'{"model":"m","messages":[]}'),
            ("anthropic_messages", b'{"model":"dragoman_m","messages":[]}'),
            ("openai_chat", name_file("file_dragoman_" + "0" * 24)),
            (GEMINI, b'{"contents":[{"parts":[{"text":"dragoman_"}]}]}'),
        ):
            await place.ask("generate", body, client)
            assert place.passed[-1].body is body
        await place.shelf.aclose()

    run(work())


def test_somebody_elses_file_is_as_good_as_none(tmp_path: Path) -> None:
    async def work() -> None:
        place = Place(tmp_path)
        file = await place.ask("files", FORM)
        for do in (
            lambda: place.service.generate(
                Inbound(client_side("anthropic_messages"), name_file(file["id"])), RecordingSink()
            ),
            lambda: place.ask("file", item="file_dragoman_" + "0" * 24, method="GET"),
        ):
            with pytest.raises(DragomanError) as refused:
                await do()
            assert refused.value.kind is Kind.NOT_FOUND
        assert place.passed == []
        await place.shelf.aclose()

    run(work())


def test_a_file_is_no_content_and_a_content_no_file(tmp_path: Path) -> None:
    async def work() -> None:
        place = Place(tmp_path)
        file = await place.ask("files", FORM)
        content = await place.ask("cached_contents", b'{"model":"m","contents":[{"parts":[{"text":"a"}]}]}', GEMINI)
        with pytest.raises(DragomanError, match="CachedContent not found"):
            await place.ask("cached_content", client=GEMINI, item=file["id"], method="GET")
        with pytest.raises(DragomanError, match="File not found"):
            await place.ask("file", item=content["name"].rpartition("/")[2], method="GET")
        await place.shelf.aclose()

    run(work())


def test_a_request_gets_the_contents_that_it_names(tmp_path: Path) -> None:
    async def work() -> None:
        place = Place(tmp_path)
        kept = await place.ask("cached_contents", b'{"model":"m","contents":[{"parts":[{"text":"First"}]}]}', GEMINI)
        asked = json.dumps({"contents": [{"parts": [{"text": "Then"}]}], "cachedContent": kept["name"]}).encode()
        for client in (GEMINI, "gemini_generate_array"):
            await place.ask("generate", asked, client, path_model="m")
            contents = json.loads(place.passed[-1].body)["contents"]
            assert [content["parts"][0]["text"] for content in contents] == ["First", "Then"]
        await place.shelf.aclose()

    run(work())


def test_contents_that_no_model_could_read_are_refused_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        place = Place(tmp_path)
        with pytest.raises(DragomanError, match="contents"):
            await place.ask("cached_contents", b'{"model":"m","contents":[{"role":"nobody"}]}', GEMINI)
        assert (await place.ask("cached_contents", client=GEMINI, method="GET"))["cachedContents"] == []
        await place.shelf.aclose()

    run(work())


def test_a_request_does_not_grow_without_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "MAX_BYTES", 20)

    async def work() -> None:
        place = Place(tmp_path)
        file = await place.ask("files", FORM)
        with pytest.raises(DragomanError) as refused:
            await place.ask("generate", name_file(file["id"]))
        assert refused.value.kind is Kind.TOO_LARGE
        await place.shelf.aclose()

    run(work())


def test_nothing_is_taken_unless_it_is_switched_on(tmp_path: Path) -> None:
    async def work() -> None:
        place = Place(tmp_path, UploadsSettings())
        for operation, body in (("files", FORM), ("cached_contents", b"{}")):
            with pytest.raises(DragomanError, match=r"uploads\.keep"):
                await place.ask(operation, body)
        await place.ask("generate", name_file("file_dragoman_" + "0" * 24))
        assert len(place.passed) == 1
        await place.shelf.aclose()

    run(work())

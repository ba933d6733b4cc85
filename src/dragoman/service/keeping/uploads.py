"""Files and contents that callers hand in to refer to later, kept by the gateway, for clients of two dialects: Anthropic's
Files and Gemini's cached contents, whoever answers.

A request that names one gets what it stands for put into it, and goes its way like any other: to a provider of any
dialect. Whose names are not ours are left as they are: their providers know them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar
from urllib.parse import parse_qsl

import msgspec

from dragoman.adapt.counting.ruler import find_ruler
from dragoman.clock import IdSource
from dragoman.dialects.anthropic_messages import files
from dragoman.dialects.base import Operation, WireReply
from dragoman.dialects.gemini_generate import cached_contents
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.ledger.shelf import Shelf
from dragoman.ledger.uploads import Upload, UploadKind
from dragoman.service.exchange import Generate, Inbound, ReplySink
from dragoman.wire.json_document import JsonDocument, decode_object
from dragoman.wire.json_read import Fields

MAX_BYTES = 64 * 1024 * 1024
MAX_QUERY_FIELDS = 32

Fill = Callable[["UploadsService", Inbound], Awaitable[Inbound]]
NOT_FILLED: tuple[bytes, Fill | None] = (b"", None)


class UploadsService:
    """Stands before the services that answer (`generate`) and count (`count`)."""

    def __init__(self, shelf: Shelf, generate: Generate, count: Generate) -> None:
        self._shelf = shelf
        self._generate = generate
        self._count = count
        self._ids = IdSource()

    @property
    def answers(self) -> dict[Operation, Generate]:
        """Who answers what."""
        return {
            "generate": self.generate,
            "count_tokens": self.count,
            "files": self.answer_files,
            "file": self.answer_file,
            "file_content": self.answer_file_content,
            "cached_contents": self.answer_contents,
            "cached_content": self.answer_content,
        }

    def generate(self, inbound: Inbound, sink: ReplySink) -> Awaitable[None]:
        """Answer one request into `sink`; those that name nothing of ours do not even notice."""
        return self._fill(self._generate, inbound, sink) if self._shelf.is_used else self._generate(inbound, sink)

    def count(self, inbound: Inbound, sink: ReplySink) -> Awaitable[None]:
        """Count what one request has, with all that it names."""
        return self._fill(self._count, inbound, sink) if self._shelf.is_used else self._count(inbound, sink)

    def _fill(self, answer: Generate, inbound: Inbound, sink: ReplySink) -> Awaitable[None]:
        mark, fill = self.FILLS.get(inbound.client.name, NOT_FILLED)
        if fill is None or mark not in inbound.body:
            return answer(inbound, sink)
        return self._answer_filled(fill, answer, inbound, sink)

    async def _answer_filled(self, fill: Fill, answer: Generate, inbound: Inbound, sink: ReplySink) -> None:
        await answer(await fill(self, inbound), sink)

    # -- files --------------------------------------------------------------------------------------------------------

    async def answer_files(self, inbound: Inbound, sink: ReplySink) -> None:
        """`GET` and `POST` of files."""
        if inbound.method == "GET":
            body = files.emit_page(await self._list("file", inbound), _read_query(inbound))
        else:
            self._check_keeping()
            file = files.read_form(inbound.body)
            now_ms, file_id = self._shelf.now_ms, self._ids.make(files.ID_PREFIX)
            body = files.describe_file(file_id, file, now_ms)
            ends_ms = self._shelf.find_end(None)
            await self._shelf.record(Upload(file_id, "file", inbound.principal, now_ms, ends_ms, body, file.data))
        await sink.send_reply(WireReply(200, body), ())

    async def answer_file(self, inbound: Inbound, sink: ReplySink) -> None:
        """`GET` and `DELETE` of one file."""
        if inbound.method == "DELETE":
            if not await self._shelf.remove(inbound.item, inbound.principal):
                raise files.file_not_found(inbound.item)
            body = files.emit_deletion(inbound.item)
        else:
            body = (await self._read_file(inbound.item, inbound)).head
        await sink.send_reply(WireReply(200, body), ())

    async def answer_file_content(self, inbound: Inbound, sink: ReplySink) -> None:
        """Only files that a model has made can be downloaded, and we keep none of these."""
        await self._read_file(inbound.item, inbound)
        raise files.not_downloadable()

    async def _read_file(self, file_id: str, inbound: Inbound) -> Upload:
        found = await self._shelf.read(file_id, inbound.principal)
        if found is None or found.kind != "file":
            raise files.file_not_found(file_id)
        return found

    async def _put_files(self, inbound: Inbound) -> Inbound:
        document = JsonDocument(inbound.body)
        kept: dict[str, files.KeptFile] = {}
        size = 0
        for file_id in files.find_named(document):
            found = await self._read_file(file_id, inbound)
            kept[file_id] = files.KeptFile(decode_object(found.head)["mime_type"], found.body)
            size += found.size
            _check_size(size)
        return msgspec.structs.replace(inbound, body=files.put_files(document, kept)) if kept else inbound

    # -- cached contents ----------------------------------------------------------------------------------------------

    async def answer_contents(self, inbound: Inbound, sink: ReplySink) -> None:
        """`GET` and `POST` of cached contents."""
        if inbound.method == "GET":
            body = cached_contents.emit_page(await self._list("cached_content", inbound), _read_query(inbound))
        else:
            self._check_keeping()
            body = await self._keep_content(inbound)
        await sink.send_reply(WireReply(200, body), ())

    async def _keep_content(self, inbound: Inbound) -> bytes:
        now_ms, content_id = self._shelf.now_ms, self._ids.make(cached_contents.ID_PREFIX)
        creation = cached_contents.read_creation(inbound.body, now_ms)
        model = creation.model.removeprefix("models/")
        client = inbound.client
        request = client.parse_request(client.open_envelope(creation.body, model, path_stream=False))
        tokens = find_ruler(model).count_request(request)
        name = cached_contents.NAME_PREFIX + content_id
        head = cached_contents.describe_content(name, creation, now_ms, tokens)
        ends_ms = self._shelf.find_end(creation.ends_ms)
        shown = cached_contents.emit_content(head, ends_ms)
        kept = Upload(content_id, "cached_content", inbound.principal, now_ms, ends_ms, shown, creation.body)
        await self._shelf.record(kept)
        return shown

    async def answer_content(self, inbound: Inbound, sink: ReplySink) -> None:
        """`GET`, `DELETE` and `PATCH` of one cached content."""
        if inbound.method == "DELETE":
            if not await self._shelf.remove(inbound.item, inbound.principal):
                raise cached_contents.content_not_found()
            body = b"{}"
        else:
            found = await self._read_content(inbound.item, inbound)
            body = found.head
            if inbound.method == "PATCH":
                now_ms = self._shelf.now_ms
                ends_ms = self._shelf.find_end(cached_contents.read_change(inbound.body, now_ms))
                body = cached_contents.emit_content(decode_object(found.head), ends_ms, now_ms)
                await self._shelf.change(found._replace(expires_ms=ends_ms, head=body))
        await sink.send_reply(WireReply(200, body), ())

    async def _read_content(self, content_id: str, inbound: Inbound) -> Upload:
        found = await self._shelf.read(content_id, inbound.principal)
        if found is None or found.kind != "cached_content":
            raise cached_contents.content_not_found()
        return found

    async def _put_contents(self, inbound: Inbound) -> Inbound:
        document = JsonDocument(inbound.body)
        content_id = cached_contents.find_named(document)
        if content_id is None:
            return inbound
        found = await self._read_content(content_id, inbound)
        _check_size(found.size)
        model = decode_object(found.head)["model"]
        body = cached_contents.put_contents(document, inbound.path_model, model, found.body)
        return msgspec.structs.replace(inbound, body=body)

    # -- both ---------------------------------------------------------------------------------------------------------

    async def _list(self, kind: UploadKind, inbound: Inbound) -> list[tuple[str, Fields]]:
        found = await self._shelf.list_all(kind, inbound.principal)
        return [(upload.id, decode_object(upload.head)) for upload in found]

    def _check_keeping(self) -> None:
        if not self._shelf.keeps:
            raise DragomanError(
                Kind.UNSUPPORTED, "This gateway keeps no uploads; its setting `uploads.keep` switches that on."
            )

    FILLS: ClassVar[dict[str, tuple[bytes, Fill | None]]] = {
        "anthropic_messages": (files.ID_PREFIX.encode(), _put_files),
        "gemini_generate": (cached_contents.ID_PREFIX.encode(), _put_contents),
        "gemini_generate_array": (cached_contents.ID_PREFIX.encode(), _put_contents),
    }
    """What is put into requests, by the dialect of the client, and what stands in all that name it."""


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        mib = MAX_BYTES // (1024 * 1024)
        raise DragomanError(Kind.TOO_LARGE, f"With what it names, the request is longer than {mib} MiB.")


def _read_query(inbound: Inbound) -> dict[str, str]:
    try:
        return dict(parse_qsl(inbound.query.decode("latin-1"), max_num_fields=MAX_QUERY_FIELDS))
    except ValueError:
        raise invalid("The query has too many fields.") from None

"""A provider's answer with something around it: the one that passes everything through, which all others are made from."""

from __future__ import annotations

from dragoman.upstream.transport import Answer, Headers, Take


class WrappedAnswer:
    """The answer itself, to whoever reads it. Those made from it look at the bytes where they are read, so that none may
    go another way (`pass_to`)."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._answer!r}>"

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Headers:
        return self._answer.headers

    @property
    def connect_seconds(self) -> float:
        return self._answer.connect_seconds

    def header(self, name: bytes) -> bytes | None:
        return self._answer.header(name)

    async def read_chunk(self) -> bytes:
        return await self._answer.read_chunk()

    def pass_to(self, take: Take) -> None:
        """All of it is to be seen where it is read."""

    async def read_all(self, limit_bytes: int) -> bytes:
        return await self._answer.read_all(limit_bytes)

    def mark_progress(self) -> None:
        self._answer.mark_progress()

    def close(self) -> None:
        self._answer.close()

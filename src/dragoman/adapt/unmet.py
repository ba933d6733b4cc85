"""An answer that is not what the request demanded: no tool called where one was required, JSON that breaks the schema."""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind
from dragoman.model.request import Request


class UnmetError(DragomanError):
    """An error like any other, with a request that may mend it. Whoever catches it asks that once and no more; after
    that only another target can help."""

    def __init__(self, message: str, correction: Request, code: str) -> None:
        super().__init__(Kind.UNSUPPORTED, message, blame="upstream", phase="body", code=code)
        self.correction = correction

"""What can be read with GET or HEAD beside the model operations: health, readiness, metrics, the list of models.

Health says that the process runs, readiness that it takes requests; neither needs a credential, so neither tells more
than that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import unquote

import msgspec

from dragoman.dialects.base import ClientSide, Dialect, WireReply
from dragoman.errors import DragomanError, Kind
from dragoman.http.head import Head
from dragoman.http.metrics_page import MetricsPage
from dragoman.service.list_models import list_models, read_model
from dragoman.service.principals import Principal
from dragoman.service.switchboard import Switchboards
from dragoman.wire.json_document import encode_json

METRICS = "/metrics"
SEE_EVERYTHING = frozenset({"admin", "viewer"})
"""Roles of those who may read what concerns everybody."""

MODELS = "/v1/models"
AZURE_MODELS = ("/openai/v1/models", "/openai/models")
GEMINI_MODELS = ("/v1beta/models", "/v1alpha/models")
AI_SDK_MODELS = {"/v4/ai/config": "ai_sdk_gateway", "/v3/ai/config": "ai_sdk_gateway_v3"}

NOT_KEPT = {
    "/v1/credits": "This gateway keeps no ledger, so it cannot tell what was spent.",
    "/v1/generation": "This gateway keeps no ledger, so it cannot look up a generation by its id.",
    "/v1/report": "This gateway keeps no ledger, so it cannot report spend.",
}
"""What programs can ask about their account, and why there is no answer where no ledger is kept."""


class Page(msgspec.Struct, frozen=True):
    """One page: who may read it and how it is made for somebody."""

    write: Callable[[Principal], WireReply]
    is_public: bool = False


class PageTable:
    """Finds the page of a path."""

    def __init__(
        self, dialects: Mapping[str, Dialect], switchboards: Switchboards, is_ready: Callable[[], bool]
    ) -> None:
        self._clients = {name: dialect.client for name, dialect in dialects.items() if dialect.client is not None}
        self.switchboards = switchboards
        self.metrics: MetricsPage | None = None  # there is none where nothing is counted
        self._is_ready = is_ready
        self._public = {
            "/": self._write_name,
            "/healthz": self._write_health,
            "/readyz": self._write_readiness,
            "/api/hello": self._write_name,
        }

    def find(self, path: str, head: Head) -> Page | None:
        """The page at a path; the shape of a model list depends on who asks."""
        public = self._public.get(path)
        if public is not None:
            return Page(public, is_public=True)
        if path == METRICS and self.metrics is not None:
            return Page(partial(self._write_metrics, self.metrics, head.accept), is_public=self.metrics.is_public)
        if path in AI_SDK_MODELS:
            return Page(partial(self._write_models, self._clients[AI_SDK_MODELS[path]], ""))
        if path in NOT_KEPT:
            return Page(partial(_explain_missing, NOT_KEPT[path]))
        for prefix in (MODELS, *AZURE_MODELS, *GEMINI_MODELS):
            if path == prefix or path.startswith(prefix + "/"):
                client = self._select_client(prefix, head)
                return Page(partial(self._write_models, client, unquote(path[len(prefix) + 1 :])))
        return None

    def _select_client(self, prefix: str, head: Head) -> ClientSide:
        if prefix in GEMINI_MODELS or head.has_goog_header:
            return self._clients["gemini_generate"]
        names = {name for name, _ in head.forwarded}
        return self._clients["anthropic_messages" if b"anthropic-version" in names else "openai_chat"]

    def _write_models(self, client: ClientSide, name: str, caller: Principal) -> WireReply:
        board = self.switchboards()
        if caller.scope is not None:
            board = caller.scope.narrow_board(board)
        if name:
            return client.emit_model(read_model(board, name))
        return client.emit_models(list_models(board))

    def _write_metrics(self, metrics: MetricsPage, accept: bytes, caller: Principal) -> WireReply:
        if caller.role not in SEE_EVERYTHING and not metrics.is_public:
            raise DragomanError(Kind.PERMISSION, "This key may not read what concerns all of them.")
        return metrics.write(accept)

    def _write_name(self, caller: Principal) -> WireReply:
        return WireReply(200, encode_json({"name": "dragoman"}))

    def _write_health(self, caller: Principal) -> WireReply:
        return WireReply(200, encode_json({"status": "alive"}))

    def _write_readiness(self, caller: Principal) -> WireReply:
        if self._is_ready():
            return WireReply(200, encode_json({"status": "ready"}))
        return WireReply(503, encode_json({"status": "draining"}))


def _explain_missing(reason: str, _: Principal) -> WireReply:
    raise DragomanError(Kind.NOT_FOUND, reason, code="not_kept")

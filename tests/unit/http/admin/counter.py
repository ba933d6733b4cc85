"""A desk with everything on it, over a scripted provider and a ledger in memory; and a browser to come to it with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import parse_text
from dragoman.clock import FixedClock, IdSource
from dragoman.config.problems import Problems
from dragoman.config.schema import Settings
from dragoman.engine.place import Place
from dragoman.engine.supervisor import Engine
from dragoman.errors import DragomanError, Kind
from dragoman.http.admin.desk import Desk
from dragoman.http.admin.plane import AdminPlane
from dragoman.http.admin.table import RouteTable
from dragoman.http.admin.tables import list_routes
from dragoman.http.caller import Caller
from dragoman.http.console_session import Patience, Sessions
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.reader import LedgerReader
from dragoman.service.admin.configuration import Configuration
from dragoman.service.admin.history import History
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.live import Feed, Live
from dragoman.service.admin.local_models import LocalModels
from dragoman.service.admin.overview import OverviewService
from dragoman.service.admin.probe import Prober
from dragoman.service.admin.providers import Providers
from dragoman.service.background import Background
from dragoman.service.metering.pricing import PriceBook, Pricer
from dragoman.service.switchboard import Switchboard
from dragoman.upstream.scripted import Script, ScriptedTransport, Scripts
from tests.unit.service.desk import CHAT_ANSWER, make_provider, make_switchboard

HOST = b"127.0.0.1:8642"
CONFIG = """\
discover_providers: false
providers:
  a:
    base_url: https://a.example/v1
    dialect: openai_chat
    api_key: a-secret-of-the-provider  # mine
routes:
  r: [a/m]
"""
LINK = "a-link-that-works-once"
KEYS = {
    "admin-key": Caller("ada", "admin"),
    "viewer-key": Caller("vic", "viewer"),
    "team-key": Caller("tom", "team_admin", "red"),
    "member-key": Caller("max", "member"),
}

Headers = Sequence[tuple[bytes, bytes]]


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class Counter:
    """The plane with what stands behind it, for a test to look at."""

    def __init__(self, folder: Path, scripts: Scripts | None = None) -> None:
        self.clock = FixedClock()
        self.store = MemoryStore()
        self.feed = Feed()
        self.board: Switchboard = make_switchboard(make_provider("a", keys=2), make_provider("b"))
        self.settings = parse_text(CONFIG, {"HOME": str(folder)}, Problems("x"))
        self.transport = ScriptedTransport(scripts or (lambda request: Script(200, [], (CHAT_ANSWER,))))
        self.played: list[dict[str, Any]] = []
        self.path = folder / "dragoman.yaml"
        self.path.write_text(CONFIG)
        self.reloads = 0
        self.desk = self._build(folder)
        self.plane = AdminPlane(RouteTable(list_routes()), self.desk)

    def ask(self, method: str, path: str, body: Any = None, headers: Headers = (), key: str = "") -> Reply:
        """One request in a loop of its own."""
        return asyncio.run(self.send(method, path, body, headers, key=key))

    async def send(self, method: str, path: str, body: Any = None, headers: Headers = (), *, key: str = "") -> Reply:
        """One request."""
        bare, _, query = path.partition("?")
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        own = [(b"host", HOST), (b"content-type", b"application/json")]
        if key:
            own.append((b"authorization", b"Bearer " + key.encode()))
        names = {name for name, _ in headers}
        scope = {
            "type": "http",
            "method": method,
            "path": f"/admin/api{bare}",
            "query_string": query.encode(),
            "headers": [*(pair for pair in own if pair[0] not in names), *headers],
            "client": ("127.0.0.9", 5),
        }
        return await speak_asgi(self.plane, scope, content)

    def sign_in(self) -> Headers:
        """A browser's headers, signed in by the link."""
        session = self.desk.sessions.begin(Caller("console", "admin", is_session=True))
        return [(b"cookie", b"other=1; dragoman_session=" + session.encode())]

    async def play(self, scope: dict[str, Any], _receive: Any, send: Any) -> None:
        """In place of the data plane."""
        self.played.append(scope)
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"played"})

    def _reload(self) -> None:
        self.reloads += 1
        self.settings = self._parse(self.path.read_text(), Problems("x"))

    def _parse(self, text: str, problems: Problems) -> Settings:
        return parse_text(text, {"HOME": str(self.path.parent)}, problems)

    def _build_board(self, text: str) -> Switchboard:
        return build_switchboard(self.desk.configuration.parse_shown(text))

    def _check_host(self, host: bytes, origin: bytes) -> None:
        if host != HOST:
            raise DragomanError(Kind.PERMISSION, "foreign host")

    def _build(self, folder: Path) -> Desk:
        clock, pricer = self.clock, Pricer(PriceBook(rows={"a": "openai"}))
        insight = Insight(LedgerReader(self.store), clock, pricer.find_rates)
        engine = Engine(Place(IdSource().make("")), {"HOME": str(folder)}, clock, Background().start)
        local_models = LocalModels(engine, {"HOME": str(folder)}, Background().start, lambda: None)
        return Desk(
            clock=clock,
            sessions=Sessions(clock, LINK),
            patience=Patience(clock),
            check_host=self._check_host,
            identify=KEYS.get,
            needs_key=lambda: True,
            play=self.play,
            settings=lambda: self.settings,
            boards=lambda: self.board,
            pricer=pricer,
            providers=Providers(lambda: self.board, lambda: self.settings, clock, insight),
            prober=Prober(self.transport, clock, lambda exchange: None),
            parse_trial=lambda text: self._parse(text, Problems("trial")),
            configuration=Configuration(self.path, self._parse, lambda: self.settings, self._reload),
            local_models=local_models,
            live=Live(self.feed, clock, lambda: (1, 2), local_models.list_fetches, lambda: False),
            insight=insight,
            history=History(insight, lambda text: (self._build_board(text), pricer)),
            overview=OverviewService(insight, pricer.find_rates, lambda: 3, list),
        )


async def speak_asgi(application: Any, scope: dict[str, Any], body: bytes = b"") -> Reply:
    """Send a request to an ASGI application and gather what it sends back."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert not sent[-1].get("more_body", False)
    return Reply(sent[0]["status"], headers, b"".join(message["body"] for message in sent[1:]))

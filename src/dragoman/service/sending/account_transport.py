"""The transport for providers that want an account's session: one is there before a call goes out.

Everything else passes straight through. However many calls want a session, one of them logs in and the others wait for
it; a log-in that failed is not tried again for a moment, so that no account is locked for hammering at the door.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.plugins.accounts import AccountPlugin, Ask, Compute, Session, Told, find_account_plugin, split_account
from dragoman.routing.target import Withheld
from dragoman.service.reshaping.aside import Aside
from dragoman.upstream.transport import Answer, OutgoingRequest, Transport

SCHEME = "account"
MAX_ACCOUNTS = 256
MAX_STEPS = 20
MAX_BODY_BYTES = 1024 * 1024
STEP_SECONDS = 30.0
MARGIN_SECONDS = 5.0
REST_SECONDS = 5.0


class AccountTransport:
    """Sends requests to origins, within a session where the provider wants one."""

    def __init__(self, inner: Transport, clock: Clock, aside: Aside) -> None:
        self._inner = inner
        self._clock = clock
        self._aside = aside
        self._accounts: dict[tuple[Withheld, object], _Account] = {}

    def __repr__(self) -> str:
        return f"<AccountTransport over {self._inner!r}>"

    def send(self, request: OutgoingRequest) -> Coroutine[Any, Any, Answer]:
        """Sends the request and waits for the head of the answer."""
        withheld = request.withheld
        if withheld is None or withheld.scheme != SCHEME:
            return self._inner.send(request)
        return self._find_account(withheld, request).send(request)

    async def aclose(self) -> None:
        """Ends all calls."""
        await self._inner.aclose()

    def _find_account(self, withheld: Withheld, request: OutgoingRequest) -> _Account:
        key = (withheld, request.origin)
        account = self._accounts.get(key)
        if account is None:
            if len(self._accounts) >= MAX_ACCOUNTS:
                self._accounts.pop(next(iter(self._accounts)))
            name, secret = split_account(withheld.secret.reveal())
            account = _Account(find_account_plugin(name), secret, self._inner, self._clock, self._aside)
            self._accounts[key] = account
        return account


class _Account:
    """One account and its session."""

    def __init__(self, plugin: AccountPlugin, secret: str, inner: Transport, clock: Clock, aside: Aside) -> None:
        self._plugin = plugin
        self._secret = secret
        self._inner = inner
        self._clock = clock
        self._aside = aside
        self._lock = asyncio.Lock()
        self._session: Session | None = None
        self._last: Session | None = None
        self._ends_at = 0.0
        self._refused: DragomanError | None = None
        self._rests_until = 0.0

    async def send(self, request: OutgoingRequest) -> Answer:
        """Once more with a fresh session, where the provider no longer takes the one that was there."""
        for is_last in (False, True):
            session = await self._open_session(request)
            call = self._plugin.sign_call(session, _write_ask(request))
            headers = {**call.headers, **session.headers}
            signed = msgspec.structs.replace(
                request,
                method=call.method.encode(),
                target=call.path.encode(),
                headers=_write_headers(headers),
                body=call.body,
                withheld=None,
            )
            answer = await self._inner.send(signed)
            told = Told(answer.status, _read_headers(answer.headers))
            if self._plugin.note_answer(session, call, told):
                return answer
            if self._session is session:
                self._session = None
            if is_last:
                return answer
            answer.close()
        raise AssertionError("the last round returns")

    async def _open_session(self, request: OutgoingRequest) -> Session:
        async with self._lock:
            now = self._clock.monotonic()
            if self._session is not None and now < self._ends_at:
                return self._session
            if self._refused is not None and now < self._rests_until:
                raise self._refused
            try:
                session = await self._log_in(request)
            except DragomanError as error:
                self._last, self._refused, self._rests_until = None, error, now + REST_SECONDS
                raise
            self._session = self._last = session
            self._refused = None
            self._ends_at = now + session.lasts_seconds - MARGIN_SECONDS
            return session

    async def _log_in(self, request: OutgoingRequest) -> Session:
        steps = self._plugin.log_in(self._secret, self._last)
        result: object = None
        for _ in range(MAX_STEPS):
            try:
                step = steps.send(result)
            except StopIteration as end:
                session: Session = end.value
                return session
            result = await (self._compute(step) if isinstance(step, Compute) else self._ask(step, request))
        raise _no_session(f"The log-in took more than {MAX_STEPS} steps.")

    async def _ask(self, ask: Ask, request: OutgoingRequest) -> Told:
        sent = OutgoingRequest(
            request.origin,
            ask.method.encode(),
            ask.path.encode(),
            _write_headers(ask.headers),
            ask.body,
            request.timeouts,
        )
        answer = await self._inner.send(sent)
        try:
            body = await answer.read_all(MAX_BODY_BYTES)
        finally:
            answer.close()
        return Told(answer.status, _read_headers(answer.headers), body)

    async def _compute(self, step: Compute) -> object:
        outcome = await self._aside.run(step.work, STEP_SECONDS)
        if outcome.error is not None:
            raise _no_session("A step of the log-in failed.") from outcome.error
        return outcome.result


def _no_session(message: str) -> DragomanError:
    return DragomanError(Kind.UNAVAILABLE, message, blame="upstream", phase="connect", code="no_session")


def _write_ask(request: OutgoingRequest) -> Ask:
    return Ask(request.method.decode(), request.target.decode(), _read_headers(request.headers), request.body)


def _read_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


def _write_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

"""The exchange of one request: read, judge, answer, and write down what happened.

Only this module and `connection.py` await. What is sent was decided before by `answers.py` and `plan.py`; here the steps
are taken, and the journal is told after each of them.
"""

from __future__ import annotations

import asyncio
import time

from tests.simulator.answers import Answer, Asked, build_answer, build_refusal, request_id
from tests.simulator.complaint import ComplaintError
from tests.simulator.connection import Connection, PeerGoneError
from tests.simulator.http1 import BadRequestError, Request
from tests.simulator.journal import Journal, Outcome, Progress, Record
from tests.simulator.plan import HangUp, Plan, Stall, Step, Wait, Write, plan_delivery
from tests.simulator.routes import Found, find_call
from tests.simulator.say import Tokens
from tests.simulator.scripts import Script, Scripts

TURNS_TO_ACCEPT = 5
NO_HTTP = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Server:
    """All connections of one simulator."""

    def __init__(self, journal: Journal, scripts: Scripts, *, models: tuple[str, ...], judge: bool) -> None:
        self._journal = journal
        self._scripts = scripts
        self._models = models
        self._judge = judge
        self._connections: dict[Connection, int] = {}
        self._accepted = 0
        self.crashes: list[Exception] = []

    def accept(self) -> Connection:
        """The protocol factory of the listening socket."""
        return Connection(self._serve)

    async def close(self) -> None:
        """Reset every connection and wait until all are gone. Those just accepted must have begun to be reset."""
        for _ in range(TURNS_TO_ACCEPT):
            await asyncio.sleep(0)
        tasks = [connection.task for connection in self._connections if connection.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, connection: Connection) -> None:
        self._accepted += 1
        self._connections[connection] = self._accepted
        self._journal.count_socket(1)
        try:
            while (request := await connection.read_request()) is not None:
                if not await self._exchange(connection, request):
                    break
            connection.hang_up()
        except PeerGoneError:
            connection.hang_up()
        except BadRequestError:
            await self._refuse_bytes(connection)
        except asyncio.CancelledError:
            connection.reset()
        except Exception as error:  # a bug of ours, told when the simulator stops
            self.crashes.append(error)
            connection.reset()
        finally:
            await connection.closed.wait()
            del self._connections[connection]
            self._journal.count_socket(-1)

    async def _refuse_bytes(self, connection: Connection) -> None:
        """What is no HTTP has no dialect and no record."""
        try:
            await connection.write(NO_HTTP)
        except PeerGoneError:
            return
        finally:
            connection.hang_up()

    async def _exchange(self, connection: Connection, request: Request) -> bool:
        """Answer one request. Whether the connection can serve another one."""
        number = self._journal.next_number()
        found = find_call(request, judge=self._judge)
        answer, script, complaint = self._decide(found, number)
        plan = plan_delivery(answer.reply, script.fault)
        progress = self._journal.open_record(
            Record(
                number=number,
                request_id=request_id(number),
                connection=self._connections[connection],
                dialect=found.call.dialect,
                operation=found.call.operation,
                key=found.call.key,
                carrier=found.call.carrier,
                model=found.call.model,
                method=request.method,
                path=request.path,
                query=request.query,
                headers=request.headers,
                body=request.body,
                body_bytes=len(request.body),
                is_stream=bool(found.call.stream),
                complaint=complaint,
                first_byte_in=connection.first_byte_in,
                body_complete=time.monotonic(),
                status=answer.reply.status,
            )
        )
        return await self._deliver(connection, plan, progress, answer) and request.keeps_alive

    def _decide(self, found: Found, number: int) -> tuple[Answer, Script, str]:
        """The answer, the script that it follows, and why the request is refused if it is."""
        asked = Asked(found.dialect, found.call, Script(), number, time.time(), self._models)
        try:
            if found.complaint:
                raise found.complaint
            script = self._scripts.take(found.call)
            return build_answer(asked._replace(script=script)), script, ""
        except ComplaintError as complaint:
            return build_refusal(asked, complaint), asked.script, complaint.message

    async def _deliver(self, connection: Connection, plan: Plan, progress: Progress, answer: Answer) -> bool:
        """Take the steps. False when the connection is used up."""
        outcome: Outcome = "stopped"
        billing = Billing(answer)
        try:
            for step in plan.steps:
                await self._take(step, connection, progress, billing)
            outcome = plan.outcome
            return not (plan.steps and isinstance(plan.steps[-1], HangUp))
        except PeerGoneError:
            outcome = "peer_closed"
            progress.peer_closed = connection.gone_at
            raise
        finally:
            self._journal.close_record(progress, outcome)

    async def _take(self, step: Step, connection: Connection, progress: Progress, billing: Billing) -> None:
        match step:
            case Write(data, finished):
                begun = time.monotonic()
                await connection.write(data)
                progress.first_byte_out = progress.first_byte_out or begun
                progress.last_byte_out = time.monotonic()
                progress.bytes_out += len(data)
                progress.events += [piece.label for piece in finished]
                progress.billed = billing.add(sum(piece.content for piece in finished))
                self._journal.touch()
            case Wait(seconds):
                await connection.pause(seconds)
            case Stall(ping, every_seconds):
                while True:
                    await connection.pause(every_seconds)
                    await connection.write(ping)
            case HangUp(kind):
                (connection.reset if kind == "rst" else connection.hang_up)()


class Billing:
    """What an honest provider charges, as the answer goes out."""

    def __init__(self, answer: Answer) -> None:
        self._usage = answer.usage
        self._whole = answer.content_events
        self._done = 0

    def add(self, events: int) -> Tokens:
        self._done += events
        return self._usage.share(self._done, self._whole)

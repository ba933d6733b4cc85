"""What really happened: one record a request, in the order in which they ended.

The journal is the truth that metering and end-to-end tests compare with, so it is written where the bytes are, never
derived from what was planned. Records are frozen; the list only grows until `reset`. The file form is one JSON object a
line (bodies in base64), flushed for each request; `read_journal` reads it back.

Everything here may be called from any thread. `wait_for` sleeps until something changes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from tests.simulator.say import Tokens

Outcome = Literal["open", "complete", "refused", "failed", "cut", "peer_closed", "stopped"]
"""open: still running. complete: the whole answer was given. refused: its status was an error. failed: an error came
inside the stream. cut: we broke it off. peer_closed: the peer went away. stopped: the simulator was shut down."""

MAX_RECORDS = 200_000
MAX_KEPT_BODY_BYTES = 256 << 20
LONGEST_SLEEP_SECONDS = 0.05


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One request. Times are those of `time.monotonic`, which all processes of one machine share; 0 is never.

    `billed` is what an honest provider would charge: everything for a whole answer, all input and a share of the output
    for a part of one, nothing for a refusal. `complaint` says why a rule of the dialect refused the request.
    """

    number: int
    request_id: str = ""
    connection: int = 0
    dialect: str = ""
    operation: str = ""
    key: str = ""
    carrier: str = ""  # where the key stood
    model: str = ""
    method: str = ""
    path: str = ""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: bytes = b""
    body_bytes: int = 0
    is_stream: bool = False
    complaint: str = ""
    first_byte_in: float = 0.0
    body_complete: float = 0.0
    status: int = 0
    outcome: Outcome = "open"
    first_byte_out: float = 0.0
    last_byte_out: float = 0.0
    peer_closed: float = 0.0
    bytes_out: int = 0
    events: tuple[str, ...] = ()
    billed: Tokens = Tokens()

    @property
    def json(self) -> dict[str, Any]:
        """The body as the JSON object that it is."""
        return msgspec.json.decode(self.body, type=dict[str, Any])


class Progress:
    """The part of a record that grows while an answer is given; only the simulator's own thread writes to it."""

    __slots__ = ("billed", "bytes_out", "events", "first_byte_out", "last_byte_out", "peer_closed", "started")

    def __init__(self, started: Record) -> None:
        self.started = started
        self.first_byte_out = 0.0
        self.last_byte_out = 0.0
        self.peer_closed = 0.0
        self.bytes_out = 0
        self.events: list[str] = []
        self.billed = Tokens()

    def record(self, outcome: Outcome) -> Record:
        return msgspec.structs.replace(
            self.started,
            outcome=outcome,
            first_byte_out=self.first_byte_out,
            last_byte_out=self.last_byte_out,
            peer_closed=self.peer_closed,
            bytes_out=self.bytes_out,
            events=tuple(self.events),
            billed=self.billed,
        )


class Journal:
    """Records, a condition that tells of every change, and perhaps a file."""

    def __init__(self, path: Path | None = None, keep_records: int = MAX_RECORDS) -> None:
        self._changed = threading.Condition()
        self._changes = 0
        self._records: list[Record] = []
        self._keep_records = keep_records
        self._open: dict[int, Progress] = {}
        self._sockets = 0
        self._numbers = 0
        self._kept_body_bytes = 0
        self._file = path.open("ab", buffering=0) if path else None

    def next_number(self) -> int:
        with self._changed:
            self._numbers += 1
            return self._numbers

    def open_record(self, record: Record) -> Progress:
        """A request has come in whole, and it is known what will be answered."""
        with self._changed:
            self._kept_body_bytes += len(record.body)
            if self._keep_records and self._kept_body_bytes > MAX_KEPT_BODY_BYTES:
                record = msgspec.structs.replace(record, body=b"")
            progress = self._open[record.number] = Progress(record)
            self.touch()
            return progress

    def touch(self) -> None:
        """Something has changed: wake whoever waits."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def close_record(self, progress: Progress, outcome: Outcome) -> None:
        """The exchange is over, in whichever way."""
        record = progress.record(outcome)
        with self._changed:
            del self._open[record.number]
            if self._file:
                self._file.write(msgspec.json.encode(record) + b"\n")
            if self._keep_records:
                self._keep(record)
            self.touch()

    def _keep(self, record: Record) -> None:
        if len(self._records) >= self._keep_records:
            raise RuntimeError(f"the journal is full: {self._keep_records} requests without a reset")
        self._records.append(record)

    def count_socket(self, difference: int) -> None:
        with self._changed:
            self._sockets += difference
            self.touch()

    @property
    def records(self) -> list[Record]:
        """What has ended, oldest first."""
        with self._changed:
            return list(self._records)

    @property
    def in_flight(self) -> list[Record]:
        """What is running now, as far as it has come."""
        with self._changed:
            return [progress.record("open") for progress in self._open.values()]

    @property
    def open_sockets(self) -> int:
        with self._changed:
            return self._sockets

    def wait_for(self, predicate: Callable[[], object], timeout_seconds: float) -> bool:
        """Whether `predicate` came true in time. It is asked again after every change here, and now and then besides,
        because it may also look at something else; never under the lock, because it may itself send a request.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            seen = self._changes
            if predicate():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with self._changed:
                if self._changes == seen:
                    self._changed.wait(min(left, LONGEST_SLEEP_SECONDS))

    def reset(self) -> None:
        """Forget what has ended."""
        with self._changed:
            self._records.clear()
            self._kept_body_bytes = 0

    def close(self) -> None:
        if self._file:
            self._file.close()


def read_journal(path: Path) -> list[Record]:
    """The records of a journal file."""
    return [msgspec.json.decode(line, type=Record) for line in path.read_bytes().splitlines()]

"""A ledger with ten million rows: how fast it is written, how long each question takes, and each call of the console.

`python -m bench.ledger_rows [ROWS] [FOLDER]` makes the file (once; it is kept and used again, brought to the newest
layout) and prints a table of the store's answers and one of the calls that are made of them.
Rows are spread over ninety days, twenty models, fifty keys of ten teams and two keys a provider, with a rare key, rare
failures and tags: what a busy gateway of a company would have.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bench.console_calls import Timing, time_calls
from dragoman.ledger.row import AttemptRow, ExchangeRow
from dragoman.ledger.search import Only, Search
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from dragoman.ledger.store import Asked

ROWS = 10_000_000
BATCH = 2_000
DAYS = 90
DAY_MS = 86_400_000
END_MS = 1_795_219_200_000  # 2026-11-21 00:00 UTC
RARE_EVERY = 1_000_003
LIMIT_MS = 200.0
CALL_LIMIT_MS = 300.0
WRITES_PER_SECOND = 5_000
REPEATS = 5

Question = Callable[[SqliteStore], object]


def make_rows(count: int, seed: int = 7) -> Iterator[ExchangeRow]:
    """Rows in the order in which they would be recorded."""
    draw = random.Random(seed)
    models = [(f"provider-{number % 5}", f"model-{number}") for number in range(20)]
    weights = [1 / (rank + 1) for rank in range(len(models))]
    step_ms = DAYS * DAY_MS / count
    for number in range(count):
        provider, model = draw.choices(models, weights)[0]
        key = draw.randrange(50)
        failed = draw.random() < 0.01
        principal = "rare-key" if number % RARE_EVERY == RARE_EVERY // 2 else f"key-{key}"
        input_tokens, output = draw.randrange(50, 4_000), draw.randrange(5, 800)
        duration_us = draw.randrange(300_000, 9_000_000)
        credential = f"credential-{draw.randrange(2)}"
        yield ExchangeRow(
            id=f"ex_{number:024x}",
            started_ms=int(END_MS - DAYS * DAY_MS + number * step_ms),
            duration_us=duration_us,
            first_content_us=None if failed else duration_us // 4,
            principal=principal,
            route=model,
            provider=provider,
            model=model,
            credential=credential,
            client_dialect="openai_chat",
            provider_dialect="openai_chat",
            outcome="failed" if failed else "served",
            status=504 if failed else 200,
            is_stream=number % 2 == 0,
            finish="" if failed else "stop",
            error="timeout" if failed else "",
            input=input_tokens,
            cache_read=input_tokens // 2,
            output=0 if failed else output,
            bytes_in=input_tokens * 4,
            bytes_out=output * 5,
            cost_nanodollars=input_tokens * 300 + output * 1200,
            price="own p",
            attempts=(AttemptRow(1, provider, model, credential, 100, duration_us - 200),),
            key_id=f"{key:08x}",
            team=f"team-{key % 10}",
            user=f"user-{key}",
            tags="batch,nightly" if number % 97 == 0 else "",
        )


def write_rows(store: SqliteStore, rows: Iterator[ExchangeRow]) -> tuple[int, float]:
    """How many were written, and the seconds that writing took; making them is not counted."""
    written, seconds = 0, 0.0
    batch: list[ExchangeRow] = []

    def flush() -> None:
        nonlocal written, seconds
        begun = time.perf_counter()
        written += store.record_exchanges(batch)
        seconds += time.perf_counter() - begun
        batch.clear()

    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            flush()
            if written % 1_000_000 == 0:
                print(f"  {written:>12,} rows, {written / seconds:,.0f} a second", flush=True)
    if batch:
        flush()
    return written, seconds


def list_questions() -> dict[str, Question]:
    """What the pages of the console ask."""
    day, month, all_time = (END_MS - days * DAY_MS for days in (1, 30, DAYS))

    def search(search: Search) -> Question:
        return lambda store: store.search(search, None)

    def usage(since_ms: int, by: str, **only: str) -> Question:
        return lambda store: store.read_usage(since_ms, END_MS, by, Only(**only))  # type: ignore[arg-type]

    def series(since_ms: int, by: str, bucket: str) -> Question:
        return lambda store: store.read_series(Asked(since_ms, END_MS, by), bucket)  # type: ignore[arg-type]

    return {
        "list: newest 50": search(Search()),
        "list: one model": search(Search(Only(model="provider-0/model-0"))),
        "list: a rare key": search(Search(Only(principal="rare-key"))),
        "list: a key that never was": search(Search(Only(principal="nobody"))),
        "list: failures of one team": search(Search(Only(team="team-3"), error="timeout")),
        "list: a tag": search(Search(Only(tag="nightly"))),
        "list: a text that is nowhere (one page)": search(Search(text="nothing of the kind")),
        "list: sixty days back": search(Search(until_ms=END_MS - 60 * DAY_MS)),
        "one exchange": lambda store: store.read_exchange(f"ex_{ROWS // 2:024x}"),
        "usage by model, a day": usage(day, "model"),
        "usage by key, 30 days": usage(month, "key"),
        "usage by user, 90 days": usage(all_time, "user"),
        "usage by day of one key, 90 days": usage(all_time, "day", principal="key-7"),
        "usage by tag, 90 days": usage(all_time, "tag"),
        "usage by model of a team, 30 days": usage(month, "model", team="team-3"),
        "series by hour and provider, 7 days": series(END_MS - 7 * DAY_MS, "provider", "hour"),
        "series by day and model, 90 days": series(all_time, "model", "day"),
        "series by minute and model, 3 hours": series(END_MS - DAY_MS // 8, "model", "minute"),
        "percentiles of 30 days": lambda store: store.read_sample(month, END_MS, 2_000),
    }


def time_questions(store: SqliteStore) -> Iterator[Timing]:
    """Each question once as it comes first, and then as it is asked again."""
    for name, ask in list_questions().items():
        times = []
        for _ in range(REPEATS):
            begun = time.perf_counter()
            ask(store)
            times.append((time.perf_counter() - begun) * 1000)
        yield Timing(name, times[0], sorted(times)[len(times) // 2])


def print_timings(title: str, timings: Iterable[Timing], limit_ms: float) -> bool:
    """One table; whether anything in it is too slow."""
    is_slow = False
    print(f"{title:<42} {'first':>10} {'again':>10}   (limit {limit_ms:g} ms)")
    for timing in timings:
        is_slow = is_slow or timing.typical_ms > limit_ms
        print(f"{timing.name:<42} {timing.first_ms:>7.1f} ms {timing.typical_ms:>7.1f} ms", flush=True)
    return is_slow


def prepare(path: Path, count: int) -> bool:
    """Make the file, or bring it to the newest layout; whether it was written fast enough."""
    is_new = not path.exists()
    store = SqliteStore(path)
    store.read_exchange("")
    if not is_new:
        store.close()
        return True
    written, seconds = write_rows(store, make_rows(count))
    store.close()
    rate = written / seconds
    print(f"written: {written:,} rows, {rate:,.0f} a second, {path.stat().st_size >> 20:,} MiB")
    return rate >= WRITES_PER_SECOND


def main(arguments: list[str]) -> int:
    """Write what is missing, ask, print; 1 if anything is too slow."""
    count = int(arguments[0]) if arguments else ROWS
    folder = Path(arguments[1]) if len(arguments) > 1 else Path("build") / "ledger_rows"
    path = folder / f"{count}-{FILE_NAME}"
    is_fast = prepare(path, count)
    store = SqliteStore(path, is_reader=True)
    is_slow = print_timings("question to the store", time_questions(store), LIMIT_MS)
    store.close()
    store = SqliteStore(path, is_reader=True)
    calls = time_calls(store, END_MS, f"ex_{count // 2:024x}")
    is_slow = print_timings("call of the console", calls, CALL_LIMIT_MS) or is_slow
    return 1 if is_slow or not is_fast else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

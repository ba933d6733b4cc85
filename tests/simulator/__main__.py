"""The simulator as a process: `python -m tests.simulator --port 0 --journal FILE`.

Prints its URL on one line as soon as it listens, and runs until it gets SIGTERM, SIGINT, or the end of its input where
`--until-eof` is given, so that it cannot outlive the test that started it. Scripts come in the header `x-simulate`.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from tests.simulator.simulator import Simulator


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--until-eof", action="store_true")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with Simulator(port=options.port, journal_path=options.journal, keep_records=0) as simulator:
        sys.stdout.write(f"{simulator.url}\n")
        sys.stdout.flush()
        if options.until_eof:
            threading.Thread(target=_wait_for_eof, args=(ended,), daemon=True).start()
        ended.wait()


def _wait_for_eof(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()

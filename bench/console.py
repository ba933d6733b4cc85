"""Measures the console as its visitor does: bytes before the first page, and time until that page can be used.

`python -m bench.console` prints both beside their budgets, and fails where one is overrun. Bytes are those of the files
that the first page needs, gzipped; time is from navigation to the first page with its data, over loopback, in Chromium.
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser

from dragoman.http.console_files import FOLDER
from tests.browser.chromium import NoBrowserError, open_context, running_browser
from tests.browser.world import World, populate, running_world

RUNS = 7
BUNDLE_BUDGET_BYTES = 250_000
INTERACTIVE_BUDGET_SECONDS = 1.0
ENTRY = "index.html"
FIRST_PAGE = "src/pages/overview/Overview.tsx"


class Figure(NamedTuple):
    """One line of the report."""

    name: str
    value: float
    budget: float
    unit: str

    @property
    def is_within(self) -> bool:
        return self.value <= self.budget

    def __str__(self) -> str:
        verdict = "within" if self.is_within else "OVER"
        return f"{self.name:<44} {self.value:8.2f} {self.unit:<3} ({verdict} {self.budget:g} {self.unit})"


def main() -> int:
    """Both figures; 1 if one is over its budget."""
    manifest = json.loads((FOLDER / ".vite" / "manifest.json").read_text("utf-8"))
    figures = [
        Figure("frame, gzip", weigh(list_files(manifest, [ENTRY])) / 1000, BUNDLE_BUDGET_BYTES / 1000, "kB"),
        Figure(
            "frame and first page, gzip",
            weigh(list_files(manifest, [ENTRY, FIRST_PAGE])) / 1000,
            BUNDLE_BUDGET_BYTES / 1000,
            "kB",
        ),
    ]
    try:
        figures += measure_times()
    except NoBrowserError as reason:
        print(f"no times: {reason}")
    for figure in figures:
        print(figure)
    return 0 if all(figure.is_within for figure in figures) else 1


def list_files(manifest: dict[str, dict[str, object]], entries: list[str]) -> set[str]:
    """Every file that comes before these entries can run: themselves, what they import, their styles."""
    found: set[str] = set()
    waiting, seen = list(entries), set(entries)
    while waiting:
        chunk = manifest[waiting.pop()]
        styles, imports = chunk.get("css", []), chunk.get("imports", [])
        assert isinstance(styles, list)
        assert isinstance(imports, list)
        found |= {str(chunk["file"]), *styles}
        waiting += [name for name in imports if name not in seen]
        seen |= set(imports)
    return found


def weigh(files: set[str]) -> int:
    """Bytes of all of them, each gzipped."""
    return sum(len(gzip.compress((FOLDER / name).read_bytes(), 9)) for name in files)


def measure_times() -> list[Figure]:
    """Medians over some visits, each with an empty cache."""
    with (
        running_browser() as browser,
        tempfile.TemporaryDirectory() as folder,
        running_world(Path(folder)) as world,
    ):
        populate(world)
        state = sign_in(browser, world, Path(folder) / "cookies.json")
        times = [visit(browser, world, state) for _ in range(RUNS)]
    print(f"visits: {', '.join(f'{seconds:.2f} s' for seconds in sorted(times))}")
    return [
        Figure("overview with its data, empty cache, median", statistics.median(times), INTERACTIVE_BUDGET_SECONDS, "s")
    ]


def sign_in(browser: Browser, world: World, state: Path) -> str:
    """The file with the session's cookie."""
    context = open_context(browser, world.url)
    page = context.new_page()
    page.goto(world.link)
    page.get_by_role("heading", name="Overview").wait_for()
    context.storage_state(path=state)
    context.close()
    return str(state)


def visit(browser: Browser, world: World, state: str) -> float:
    """Seconds from navigation until the first page shows its data and takes clicks."""
    context = open_context(browser, world.url, state=state)
    page = context.new_page()
    page.add_init_script("""new MutationObserver(() => {
      if (!window.shownAt && document.body?.innerText.includes('Where it went')) window.shownAt = performance.now();
    }).observe(document, {childList: true, subtree: true, characterData: true})""")
    page.goto("/console/overview")
    page.get_by_role("tab", name="By key").click()
    milliseconds = float(page.evaluate("window.shownAt"))
    context.close()
    return milliseconds / 1000


if __name__ == "__main__":
    sys.exit(main())

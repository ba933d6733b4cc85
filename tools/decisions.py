"""Writes docs/decisions/README.md, the list of all decisions, from the pages beside it. A test fails when it is stale."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "decisions"

HEAD = """# Decisions

Choices that one could argue about, each on a page of its own. How they are written is the first of them.
This list is written by `make docs`.

"""


def main() -> int:
    (FOLDER / "README.md").write_text(build_index(read_pages(FOLDER)), "utf-8")
    return 0


def read_pages(folder: Path) -> dict[str, str]:
    """Every decision page by its file name, in the order of their numbers."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("[0-9]*.md"))}


def build_index(pages: Mapping[str, str]) -> str:
    """The list: a number, the page's own title, a link."""
    lines = [f"- {name[:4]} [{title_of(text)}]({name})\n" for name, text in pages.items()]
    return HEAD + "".join(lines)


def title_of(page: str) -> str:
    return page.partition("\n")[0].removeprefix("# ").strip()


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m tests.matrix.write`: writes docs/fidelity.md and the README's table; with `--rewrite` the snapshots too."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.matrix.crossing import PAIRS
from tests.matrix.page import put_fragment, write_fragment, write_page
from tests.matrix.snapshots import FOLDER, path_of, take_snapshot, write_text

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "fidelity.md"
README = ROOT / "README.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.write", description=__doc__)
    parser.add_argument("--rewrite", action="store_true", help="take the snapshots again")
    if parser.parse_args().rewrite:
        FOLDER.mkdir(exist_ok=True)
        for source, target in PAIRS:
            path_of(source, target).write_text(write_text(take_snapshot(source, target)), "utf-8")
    PAGE.write_text(write_page(), "utf-8")
    README.write_text(put_fragment(README.read_text("utf-8"), write_fragment()), "utf-8")


if __name__ == "__main__":
    main()

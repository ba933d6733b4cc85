"""What keeps people out of a page, as axe-core finds it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}


def find_barriers(page: Page) -> list[tuple[str, str]]:
    """What is serious, with the first place of each."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: `make console-check` installs it")
    page.evaluate(AXE.read_text("utf-8"))  # not by a script element, which the page's security policy would stop
    found: dict[str, Any] = json.loads(page.evaluate("axe.run().then(JSON.stringify)"))
    assert len(found["passes"]) > 5
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"] if one["impact"] in SERIOUS]

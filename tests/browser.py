"""A real browser for the tests of pages, and what is asked of every page.

It is the Chromium of the machine. Where there is none the tests are skipped, but not in the gate
where it could install one.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
READY = CHROMIUM is not None and find_spec("playwright") is not None
needed = pytest.mark.skipif(
    not READY and os.environ.get("CALLSTATS_BROWSER") != "needed",
    reason="no Chromium, or no playwright",
)
#: Width and height of a desktop, a tablet and a phone.
SIZES = ((1280, 900), (768, 1024), (375, 740))


@contextmanager
def browser() -> Iterator[Any]:
    """A browser that nobody sees."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()


@cache
def _axe() -> str:
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def findings(page: Any) -> list[str]:
    """What axe-core finds on a page that is open: rule, how often, the first place."""
    page.evaluate(_axe())
    found = page.evaluate("axe.run()")["violations"]
    return [f"{each['id']} {len(each['nodes'])} {each['nodes'][0]['html'][:200]}" for each in found]

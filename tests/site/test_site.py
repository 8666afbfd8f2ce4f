"""The built site: `make docs` builds it and runs these tests with CALLSTATS_SITE."""

from __future__ import annotations

import functools
import http.server
import inspect
import json
import os
import re
import threading
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import callstats
import pytest
from browser import browser, needed

SITE = Path(os.environ.get("CALLSTATS_SITE", "site"))
pytestmark = pytest.mark.skipif(
    "CALLSTATS_SITE" not in os.environ, reason="make docs builds the site and asks for this"
)


class _Page(HTMLParser):
    """Anchors and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.fetched: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors |= {value for name in ("id", "name") if (value := found.get(name))}
        if tag == "a" and (link := found.get("href")):
            self.links.add(link)
        if tag in {"script", "img", "iframe"} and (link := found.get("src")):
            self.fetched.add(link)
        if tag == "link" and found.get("rel") in {"stylesheet", "icon", "preload"}:
            self.fetched.add(str(found.get("href")))


@functools.cache
def page(path: Path) -> _Page:
    return _Page(path.read_text(encoding="utf-8"))


def pages() -> list[Path]:
    return [path for path in sorted(SITE.rglob("*.html")) if path.name != "404.html"]


def test_every_link_leads_to_a_page_and_a_heading():
    wrong = []
    for path in pages():
        for link in page(path).links | page(path).fetched:
            address, anchor = urldefrag(link)
            if re.match(r"[a-z]+:", address):
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists() or (
                anchor and target.suffix == ".html" and unquote(anchor) not in page(target).anchors
            ):
                wrong.append(f"{path.relative_to(SITE)}: {link}")
    assert not wrong


def test_nothing_comes_from_elsewhere():
    assert not [link for path in pages() for link in page(path).fetched if "//" in link]


def test_every_public_name_has_a_page():
    missing = [
        f"{topic}.{name}"
        for topic in callstats.__all__
        if inspect.ismodule(getattr(callstats, topic))
        for name in getattr(callstats, topic).__all__
        if not name.startswith("_") and not (SITE / "reference" / topic / f"{name}.html").exists()
    ]
    assert not missing
    assert (SITE / "reference" / "show.html").exists()


def test_cells_of_the_notebooks_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = [json.loads(path.read_text("utf-8")) for path in sorted(SITE.rglob("*.ipynb"))]
    assert len(found) == 5
    for notebook in found:
        names: dict[str, object] = {}
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec(cell["source"], names)  # noqa: S102


@needed
def test_search_finds_a_function_a_task_and_a_chinese_word():
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(SITE))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, browser() as opened:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        try:
            view = opened.new_page()
            elsewhere: list[str] = []
            view.on(
                "request",
                lambda request: (
                    None
                    if request.url.startswith((address, "data:", "blob:"))
                    else elsewhere.append(request.url)
                ),
            )
            for words, wanted in (
                ("required_agents", "required_agents.html"),
                ("pivot table", "service-level-pivot.html"),
                ("热力图", "zh/"),
            ):
                assert any(
                    wanted in link for link in _searched(view, f"{address}index.html", words)
                ), words
            assert not elsewhere
        finally:
            server.shutdown()


def _searched(view: Any, address: str, words: str) -> list[str]:
    """Where the search leads with these words.

    Its window opens once the index has been read, which nothing on the page tells; a key pressed
    before is a shortcut to another page.
    """
    from playwright.sync_api import TimeoutError as TooLate

    links = view.locator('a[href*="?h="]')
    for wait in (1_000, 2_000, 4_000, 8_000):
        view.goto(address, wait_until="networkidle")
        view.wait_for_timeout(wait)
        view.keyboard.press("Control+k")
        view.wait_for_timeout(wait / 2)
        view.keyboard.type(words)
        try:
            links.first.wait_for(timeout=2 * wait)
        except TooLate:
            continue
        return [str(link.get_attribute("href")) for link in links.all()]
    return []

"""The page in a real browser: nothing fetched, nothing that axe-core finds, its first screen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from browser import SIZES, browser, findings, needed
from callstats import report
from callstats.report.first_screen import Shortage, shortages

pytest.importorskip("matplotlib")


def log(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    seconds = np.sort(rng.integers(9 * 3600, 12 * 3600, rows)) + 86_400 * (np.arange(rows) % 2)
    outcome = rng.choice(["answered", "abandoned"], rows, p=[0.8, 0.2])
    return pd.DataFrame(
        {
            "call_id": range(rows),
            "arrival": pd.Timestamp("2024-03-04") + pd.to_timedelta(seconds, unit="s"),
            "wait": rng.exponential(40, rows).round(),
            "outcome": outcome,
            "agent": np.where(outcome == "answered", rng.choice(["ann", "ben"], rows), None),
            "talk": np.where(outcome == "answered", rng.exponential(200, rows).round(), np.nan),
        }
    )


@needed
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("rows", [3, 400])
def test_a_browser_fetches_nothing_and_axe_finds_nothing(tmp_path, language, rows):
    report.write(log(rows), tmp_path, language=language)
    with browser() as opened:
        for scheme in ("light", "dark"):
            for width, height in SIZES:
                view = opened.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                fetched: list[str] = []
                view.on("request", lambda request, into=fetched: into.append(request.url))
                view.goto((tmp_path / "index.html").as_uri())
                assert [url for url in fetched if not url.startswith("data:")] == [view.url]
                assert findings(view) == []
                assert view.evaluate("document.documentElement.scrollWidth") <= width
                if rows > 100:
                    box = view.locator(".actions li").last.bounding_box()
                    assert box["y"] + box["height"] <= height
                view.close()


def test_the_same_log_gives_the_same_page(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        report.write(log(120), folder)
    assert (first / "index.html").read_bytes() == (second / "index.html").read_bytes()


def test_stretches_without_agents_are_joined_and_sorted_by_hours():
    means = pd.DataFrame(
        {
            "weekday": [0, 0, 0, 1],
            "slot": [540, 570, 660, 540],
            "needed_a": [5.0, 5.0, 3.0, 9.0],
            "agents_at_work": [3.0, 4.0, 2.9, 4.0],
        }
    )
    assert shortages(means) == [Shortage(1, 540, 570, 5.0, 2.5), Shortage(0, 540, 600, 1.5, 1.5)]

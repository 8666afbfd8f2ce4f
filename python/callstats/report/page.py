"""The report as one HTML page: tables, pictures and sentences put in their places."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from callstats import __version__, kpi
from callstats.report import charts, first_screen, notes, tables
from callstats.report.drawing import COLOURS, plain
from callstats.report.findings import findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from callstats.report.chain import Results
    from callstats.report.drawing import Chart
    from callstats.report.labels import Words
    from callstats.report.source import Source

__all__ = ["pictures", "render"]


def pictures(results: Results, words: Words) -> dict[str, Chart]:
    """Every picture that the log allows, by name."""
    figures, settings = results.figures, results.settings
    if figures is None:
        return {}
    goal, threshold = settings.goal, settings.threshold
    first, last = figures.shown
    found: dict[str, Chart] = {}

    def add(chart: Chart) -> None:
        found[chart.name] = chart

    add(charts.days(figures.daily, words, goal=goal, threshold=threshold))
    add(charts.profile(figures.profile[figures.profile["slot"].between(first, last)], words))
    cells = figures.intervals.assign(counted=figures.intervals["service_level_denominator"])
    add(
        charts.heat(
            cells[cells["slot"].between(first, last)], words, goal=goal, threshold=threshold
        )
    )
    add(charts.waits(figures.waits, words, threshold=threshold))
    curve = results.patience_curve
    if curve is not None and len(curve) and float(curve["time"].iloc[-1]) > 0:
        add(
            charts.patience(
                curve, words, mean=results.mean_patience, threshold=threshold, until=_until(curve)
            )
        )
    needed = results.requirement
    if needed is not None:
        by_weekday = needed.by_weekday
        add(charts.requirement(by_weekday[by_weekday["slot"].between(first, last)], words))
        add(charts.staffing_curve(needed.curve, words, goal=goal))
        if needed.bands is not None:
            add(charts.calibration(needed.bands, words))
    if results.quality is not None and len(results.quality.gaps):
        named = tables.levels(results.quality, words)
        gaps = results.quality.gaps.assign(
            column=[column for column, _ in named], level=[level for _, level in named]
        )
        add(charts.love(gaps, words))
    return found


def _until(curve: pd.DataFrame) -> float:
    """The curve is drawn while enough callers were at risk for the band to say something."""
    steady = curve.loc[curve["at_risk"] >= 50, "time"]
    last = float(steady.iloc[-1]) if len(steady) and steady.iloc[-1] > 0 else curve["time"].iloc[-1]
    return float(last)


def render(
    results: Results,
    drawn: Mapping[str, Chart],
    words: Words,
    *,
    title: str | None,
    source: Source,
    files: Iterable[str],
) -> str:
    """The page as HTML; every label from the log is text in it, whatever it holds."""
    import jinja2

    folder = resources.files("callstats.report")
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    template = environment.from_string((folder / "page.html").read_text(encoding="utf-8"))
    style = (folder / "page.css").read_text(encoding="utf-8")
    settings = results.settings
    page: str = template.render(
        words=words,
        language="zh-CN" if words.language == "zh" else "en",
        style=_with_colours(style),
        charts=drawn,
        title=title or words("title"),
        period=notes.period(results, words),
        calls=results.rows,
        version=__version__,
        findings=findings(results, words),
        verdict=first_screen.verdict(results, words),
        first_figures=first_screen.figures(results, words),
        actions=first_screen.actions(results, words),
        tiles=notes.tiles(results, words),
        notes=notes.notes(results, words),
        tables=tables.tables(results, words),
        missing=notes.missing(results, words),
        definitions=kpi.Definitions().explain(words.language).splitlines(),
        threshold=settings.threshold,
        source=source,
        files=[(name, words(f"file_{name.partition('.')[0]}")) for name in files],
    )
    return page


def _with_colours(style: str) -> str:
    """The page's colours are the pictures'; only the dark ones stand in the style sheet."""
    light = " ".join(f"--{role}: {colour};" for role, colour in COLOURS.items())
    return f":root {{ {light} }}\n{style}"

"""How pictures look and how they become inline SVG that needs nothing from elsewhere.

Text stays text, in the fonts of the reader's page, so Chinese is drawn by a font that has it.
That is why nothing here relies on measured text: margins are fixed and legends are set in HTML.
"""

from __future__ import annotations

import functools
import io
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from callstats.plots import style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from callstats.report.labels import Words

    #: A figure, the frame that it was drawn from, and its legend.
    Drawn = tuple[Figure, pd.DataFrame, Iterable["Legend"]]

__all__ = ["COLOURS", "Chart", "Drawn", "Legend", "chart", "figure", "plain"]

#: Roles and the colours they are drawn in. In the page each becomes a CSS variable of the role's
#: name, so that one drawing serves light and dark; hence no two roles may share a colour.
COLOURS = {
    **{role: style.COLOURS[role] for role in ("ink", "muted", "grid")},
    "answered": "#2f6db4",
    "abandoned": "#d97f26",
    "seen": "#a9c3e2",
    "erlang-a": "#0f4c81",
    "erlang-c": "#b5541c",
    "goal": "#3b8752",
    # In a raster image, where no variable reaches: a grey that does on light and on dark.
    "quiet": "#a9afb6",
}

_CONTROL = {code: 0x2400 + code for code in range(32)} | {127: 0x2421}
_CONTROL |= dict.fromkeys([*range(128, 160), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], 0xFFFD)


def plain(text: str) -> str:
    """`text` on one line with control characters made visible; pages and XML cannot hold them.

    >>> plain("a" + chr(0) + "b" + chr(10))
    'a␀b␊'
    """
    return text.translate(_CONTROL)


@dataclass(frozen=True)
class Legend:
    """One entry: what is drawn, in the colour of which role, as a bar, line, dashed line or dot."""

    text: str
    role: str
    mark: str = "bar"


@dataclass(frozen=True)
class Chart:
    """A picture as inline SVG, and the figures that it was drawn from."""

    name: str
    title: str
    svg: str
    data: pd.DataFrame
    legend: tuple[Legend, ...] = ()


_Options = ParamSpec("_Options")


def chart(
    name: str, key: str
) -> Callable[
    [Callable[Concatenate[pd.DataFrame, Words, _Options], Drawn]],
    Callable[Concatenate[pd.DataFrame, Words, _Options], Chart],
]:
    """Makes a function that draws a frame one that gives a `Chart`, with the title of `key`."""

    def decorated(
        draw: Callable[Concatenate[pd.DataFrame, Words, _Options], Drawn],
    ) -> Callable[Concatenate[pd.DataFrame, Words, _Options], Chart]:
        @functools.wraps(draw)
        def made(
            frame: pd.DataFrame, words: Words, /, *args: _Options.args, **options: _Options.kwargs
        ) -> Chart:
            with _styled(name):
                drawn, data, legend = draw(frame, words, *args, **options)
                return Chart(name, words(key), _svg(drawn, name), data, tuple(legend))

        return made

    return decorated


@contextmanager
def _styled(name: str) -> Iterator[None]:
    """Drawing inside looks as the report does; `name` keeps the ids of two pictures apart."""
    import matplotlib as mpl

    settings: Any = {
        **style.LOOK,
        "svg.hashsalt": name,
        "font.family": "DejaVu Sans",
        "font.size": 8.5,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.titlesize": 8.5,
        "axes.titlepad": 5,
        "axes.unicode_minus": True,
        "xtick.major.size": 2.5,
        "ytick.major.size": 0,
        "xtick.major.width": 0.6,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
    }
    with warnings.catch_warnings(), mpl.rc_context(settings):
        # The built-in font is only measured with; the page's fonts do the drawing.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def figure(
    height: float, rows: int = 1, columns: int = 1, *, width: float = 8.0, **options: Any
) -> tuple[Figure, list[Axes]]:
    """A figure of the page's width (inches) and its panels, row by row."""
    from matplotlib.figure import Figure as NewFigure

    made = NewFigure(figsize=(width, height))
    panels = made.subplots(rows, columns, squeeze=False, **options)
    return made, [panel for row in panels for panel in row]


def _svg(drawn: Figure, name: str) -> str:
    """The figure as inline SVG, cut free of ids, fonts and colours of its own."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    canvas: Any = FigureCanvasSVG(drawn)
    canvas.print_svg(buffer, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # A style element in a page's SVG would reach the whole page.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'url\(#|(?<=href=")#', lambda found: f"{found[0]}{name}-", svg)
    # Matplotlib 3.9 writes one `font`, later ones a property each.
    svg = re.sub(r"font: (?:\w+ )?([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    for role, colour in COLOURS.items():
        svg = svg.replace(colour, f"var(--{role})")
    size = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) [\d.]+"', svg)
    width = size[1] if size else "576"
    head = (
        f'<svg class="chart" role="img" aria-labelledby="{name}-caption" '
        f'stroke-linejoin="round" style="--drawn-width: {width}px"'
    )
    svg = re.sub(r'<svg(.*?) (?:width|height)="[\d.]+pt"', r"<svg\1", svg, count=1)
    svg = re.sub(r'<svg(.*?) (?:width|height)="[\d.]+pt"', r"<svg\1", svg, count=1)
    svg = svg.replace("<svg", head, 1)
    return "\n".join(line for line in svg.splitlines() if line.strip())

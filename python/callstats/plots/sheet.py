"""Where a chart is drawn: on a picture of its own, or where the caller says."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar

import numpy as np

from callstats._tables.checks import listed, mapping, number, shown
from callstats.plots.dates import date_ticks
from callstats.plots.style import COLOURS, as_percent, duration_text, headed, styled
from callstats.plots.words import label_of, say
from callstats.presentation.columns import column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import FigureBase

    from callstats.plots.picture import TextsApart

    F = TypeVar("F", bound=Callable[..., object])

__all__ = ["Look", "Sheet", "chart", "dots", "drawn_on"]

#: Names that a chart writes beside its points: those that matter most.
MOST_NAMES = 10
#: Points from which marks shrink and become translucent, and from which they are an image.
MANY, VERY_MANY = 300, 5000
#: Seconds from which durations along an axis are minutes and seconds.
_MINUTES_FROM = 120
#: Steps of an axis of seconds.
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


class Look(TypedDict, total=False):
    """What every chart takes beside its table: words and size."""

    title: str | None
    labels: Mapping[str, str] | None
    figsize: tuple[float, float] | None
    language: Literal["en", "zh"]


#: What the docstring of every chart says, once.
_PLACES = {
    "ax": """\
ax : matplotlib.axes.Axes, optional
    Where to draw; default a picture of its own.""",
    "figure": """\
figure : matplotlib.figure.Figure or SubFigure, optional
    Where to draw the panels; default a picture of its own.""",
}
_LOOK = """\
title : str, optional
    What is drawn, in words.
labels : mapping, optional
    What to call columns, in place of the usual words: ``{"talk": "length of the call"}``.
figsize : (float, float), optional
    Width and height of the picture in inches.
language : {"en", "zh"}
    The language of the words.

Returns
-------
Picture
    Or `{}` where it is given. To be saved by its ``savefig``, or shown in a notebook.

Raises
------
MissingColumnError
    A column is not there.
RuntimeError
    `language` is Chinese, and there is no font that has it."""


def chart(function: F) -> F:
    """A public chart: what all charts take stands in its signature and its docstring.

    Its own docstring has the parameters of its own, and below ``Raises`` errors of its own.
    """
    signature = inspect.signature(function)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    place = next(name for name in _PLACES if name in signature.parameters)
    shared = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default="en" if name == "language" else None
        )
        for name in Look.__annotations__
    ]
    function.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
    text = inspect.cleandoc(function.__doc__ or "")
    head, _, examples = text.partition("\n\nExamples\n")
    head, _, raises = head.partition("\n\nRaises\n------\n")
    look = _LOOK.replace("`{}`", f"`{place}`")
    parts = [head, _PLACES[place], look, *([raises] if raises else [])]
    function.__doc__ = "\n".join(parts) + f"\n\nExamples\n{examples}"
    return function


@contextmanager
def drawn_on(
    size: tuple[float, float],
    *,
    language: str = "en",
    panels: int = 1,
    ax: Axes | None = None,
    figure: FigureBase | None = None,
    title: str | None = None,
    figsize: tuple[float, float] | None = None,
    labels: Mapping[str, str] | None = None,
    share: bool = False,
    heights: Sequence[float] | None = None,
) -> Iterator[Sheet]:
    """A sheet of `size` inches, or of `figsize`, or the axes or the figure that the caller has.

    Panels stand one below another, `heights` are their shares of it.
    """
    width, height = size if figsize is None else _inches(figsize)
    named = mapping("labels", labels or {}, "columns to what they are called")
    with styled(language) as look:
        owner: Any = ax if figure is None else figure
        if ax is not None:
            _must_have("ax", ax, "plot", "Matplotlib axes")
            made = [ax]
        else:
            if figure is None:
                # Matplotlib is imported with the first picture.
                from callstats.plots.picture import Picture

                owner = Picture(width, height, look)
            _must_have("figure", owner, "subplots", "a Matplotlib figure")
            ratios = {} if heights is None else {"height_ratios": list(heights)}
            made = list(
                owner.subplots(panels, squeeze=False, sharex=share, gridspec_kw=ratios)[:, 0]
            )
        sheet = Sheet(owner, made, language, named, title)
        yield sheet
        if ax is not None or figure is not None:
            sheet.keep_fonts(look["font.family"])


class Sheet:
    """The panels of a chart, the words of its language, and what goes back to the caller."""

    def __init__(
        self,
        owner: Any,
        panels: list[Axes],
        language: str,
        labels: Mapping[str, str],
        title: str | None = None,
    ) -> None:
        from callstats.plots.picture import TextsApart

        self.result: Any = owner
        self.panels = panels
        self.axes = panels[0]
        self.language = language
        self.title = title
        self.say = partial(say, language)
        self._labels = labels
        self._apart: dict[int, TextsApart] = {}
        for axes in panels:
            self._apart[id(axes)] = apart = TextsApart(axes)
            axes.add_artist(apart)

    def label(self, column: str) -> str:
        """What a column is called: by the caller, else by the dictionary, else by itself."""
        if column in self._labels:
            return str(self._labels[column])
        return label_of(self.language, column)

    def named(self, column: str) -> bool:
        """Whether the caller says what a column is called."""
        return column in self._labels

    def empty(self, rows: int, axes: Axes | None = None, why: str = "nothing_to_draw") -> bool:
        """Whether there is nothing to draw, which the axes say then, and why."""
        if rows:
            return False
        axes = axes or self.axes
        look: dict[str, Any] = {"ha": "center", "va": "center", "color": COLOURS["muted"]}
        axes.text(0.5, 0.5, self.say(why), transform=axes.transAxes, **look)
        return True

    def left_out(self, count: int, key: str = "rows_not_drawn", axes: Axes | None = None) -> None:
        """Count in the legend what is not drawn."""
        if count:
            (axes or self.axes).scatter([], [], s=0, label=self.say(key, count))

    def head(self, title: str | None, columns: int = 4, axes: Axes | None = None) -> None:
        """Put the title over a panel, and the legend between them."""
        headed(axes or self.axes, title, columns, borderaxespad=0.2)

    def over(self, title: str | None) -> None:
        """Put a title over all panels."""
        if title is not None:
            self.panels[0].figure.suptitle(title)

    def times(self, values: Any, axes: Axes | None = None) -> None:
        """Write periods along x, where the rows stand at 0, 1, ..., by dates that shorten."""
        places, texts = date_ticks(values, self.language)
        (axes or self.axes).set_xticks(places, texts)

    def clock(self, slots: Any, step: int, axes: Axes | None = None) -> None:
        """Write the times of day along x, where intervals stand at their minutes since midnight."""
        first, last = int(slots[0]), int(slots[-1]) + step
        every = next((each for each in (30, 60, 120, 180) if (last - first) / each <= 13), 240)
        ticks = np.arange(-(-first // every) * every, last + 1, every)
        axes = axes or self.axes
        axes.set_xticks(ticks, [f"{tick // 60 % 24:02}:{tick % 60:02}" for tick in ticks.tolist()])

    def names(
        self, names: Sequence[Any], x: Any, y: Any, axes: Axes | None = None, **look: Any
    ) -> None:
        """Write names beside points, those that matter most first; the legend counts the rest."""
        from matplotlib.patheffects import withStroke

        axes = axes or self.axes
        line = {"arrowstyle": "-", "linewidth": 0.5, "color": COLOURS["muted"], "shrinkB": 3}
        halo = [withStroke(linewidth=2, foreground="white")]
        kept = [str(name) for name in names][:MOST_NAMES]
        for name, left, up in zip(kept, x, y, strict=False):
            text = axes.annotate(
                name,
                (float(left), float(up)),
                (7, 4),
                textcoords="offset points",
                va="center",
                fontsize=8.5,
                path_effects=halo,
                arrowprops={**line, "shrinkA": 0},
                **look,
            )
            text.set_in_layout(False)
            self._apart[id(axes)].names.append(text)
        self.left_out(len(names) - len(kept), "names_not_written", axes)

    def intervals(
        self, rows: pd.DataFrame, certain: Any, names: Sequence[str], axes: Axes | None = None
    ) -> None:
        """Rows of `mean` or `value` with `low` and `high`, from the top down at their `at`.

        What is certain is a red diamond; of what is not, nothing can be told.
        """
        axes = axes or self.axes
        value = rows["mean" if "mean" in rows else "value"].to_numpy(float)
        at, low, high = (rows[name].to_numpy(float) for name in ("at", "low", "high"))
        thin = len(rows) >= MANY
        for mask, role, mark, key in (
            (~certain, "muted", "o", "cannot_tell"),
            (certain, "signal", "D", "differs"),
        ):
            ends = mask & np.isfinite(low) & np.isfinite(high)
            line: dict[str, Any] = {"color": COLOURS[role], "linewidth": 0.5 if thin else 1.4}
            axes.hlines(at[ends], low[ends], high[ends], **line)
            look: dict[str, Any] = {"s": 5 if thin else 26, "marker": mark, "zorder": 3}
            axes.scatter(value[mask], at[mask], color=COLOURS[role], label=self.say(key), **look)
        axes.set_yticks(at if len(names) else [], names)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(visible=True, axis="x")

    def measure(self, axis: Axis, name: str) -> None:
        """Write a measure along an axis: shares as percent, durations as clocks, and its name."""
        kind = column(name).kind
        if kind == "duration":
            self.durations(axis, self.label(name))
            return
        axis.set_label_text(self.label(name))
        if kind == "share":
            as_percent(axis)

    def durations(self, axis: Axis, text: str) -> None:
        """Write seconds along an axis, as minutes and seconds from two minutes on, and its name."""
        low, high = axis.get_view_interval()
        far = max(abs(low), abs(high))
        unit = self.say("unit_minutes" if far >= _MINUTES_FROM else "unit_seconds")
        axis.set_label_text(f"{text} ({unit})")
        if far >= _MINUTES_FROM:
            step = next((each for each in _STEPS if (high - low) / each <= 7), 86400 * 7)
            axis.set_ticks(np.arange(np.ceil(low / step), high / step + 1e-9) * step)
            axis.set_major_formatter(_minutes)

    def done(self, data: pd.DataFrame, alt: str, *parts: object) -> None:
        """Give the picture the frame that is drawn and the sentence that says it."""
        from callstats.plots.picture import Picture

        if isinstance(self.result, Picture):
            self.result.data = data.reset_index(drop=True)
            self.result.alt = self.say(alt, *parts) if len(data) else self.say("nothing_to_draw")

    def keep_fonts(self, family: list[str]) -> None:
        """Write in the fonts of the language also where the caller's axes have ticks already."""
        from matplotlib.text import Text

        for axes in self.panels:
            axes.tick_params(labelfontfamily=family)
            for each in axes.findobj(Text):
                if isinstance(each, Text):
                    each.set_fontfamily(family)


def dots(count: int, size: float) -> dict[str, Any]:
    """How `count` points of an area look: many are small and translucent, very many an image."""
    look: dict[str, Any] = {"s": size, "linewidths": 0}
    if count >= MANY:
        look |= {"s": max(4.0, size * MANY / count), "alpha": 0.55}
    if count >= VERY_MANY:
        look |= {"alpha": 0.3, "rasterized": True}
    return look


def _minutes(value: float, _: Any = None) -> str:
    return duration_text(value)


def _inches(figsize: Any) -> tuple[float, float]:
    sides = listed("figsize", figsize, "two lengths in inches")
    if len(sides) != 2:
        msg = f"figsize must be two lengths in inches; got {shown(figsize)}"
        raise ValueError(msg)
    width, height = (number("figsize", side, "> 0 inches", lambda each: each > 0) for side in sides)
    return width, height


def _must_have(argument: str, value: Any, method: str, what: str) -> None:
    if not hasattr(value, method):
        msg = f"{argument} must be {what}; got {shown(value)}"
        raise TypeError(msg)

"""How figures look, and the rows that they are drawn from."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import one_of
from callstats._tables.frames import read, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from callstats.plots.picture import Picture
    from callstats.typing import Frame

__all__ = [
    "COLOURS",
    "LIMIT",
    "LOOK",
    "as_percent",
    "beside",
    "duration_text",
    "figure",
    "headed",
    "rows_of",
    "stacked",
    "styled",
    "text_width",
]

#: Two of those that lines and marks have are at least 20 apart (CIE 1976) for eyes that lack red or
#: green, and 15 for eyes that lack blue; on white all have a contrast of 3 and texts of 4.5.
COLOURS = {
    "ink": "#1c2733",
    "muted": "#626973",
    "grid": "#dfe5ec",
    "band": "#e8eef5",
    "point": "#2046a7",
    "other": "#d56813",
    "limit": "#12864c",
    "signal": "#9e0d05",
}

#: Size of the text of legends, and the last character that is no wider than Latin ones.
_SMALL, _WIDE = 8.5, 0x2E7F
#: How a limit is drawn.
LIMIT: dict[str, Any] = {"color": COLOURS["limit"], "linestyle": (0, (4, 2))}
#: What all pictures share, as Matplotlib's settings.
LOOK: dict[str, Any] = {
    # A dollar in an agent's name is a dollar, not the start of a formula.
    "text.parse_math": False,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.7,
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "svg.fonttype": "none",
}

#: Fonts with Chinese characters, those of the common systems first.
CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "Heiti SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    # Matplotlib knows a collection of fonts by its first, which has the characters too.
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)


@contextmanager
def styled(language: str) -> Iterator[dict[str, Any]]:
    """Drawing inside looks alike; Chinese is drawn with a font that has it."""
    import matplotlib as mpl
    from matplotlib import font_manager

    one_of("language", language, ("en", "zh"))
    chinese = _chinese_fonts()
    if language == "zh" and not chinese:
        # Matplotlib keeps a list of fonts from its first use: one may have been installed since.
        known = {font.fname for font in font_manager.fontManager.ttflist}
        for path in sorted(set(font_manager.findSystemFonts()) - known):
            # A file that is no font is none of ours.
            with suppress(OSError, RuntimeError):
                font_manager.fontManager.addfont(path)
        chinese = _chinese_fonts()
    if language == "zh" and not chinese:
        msg = f"no font with Chinese characters was found; install one, as {CHINESE_FONTS[0]}"
        raise RuntimeError(msg)
    settings = _settings(chinese)
    with mpl.rc_context(settings):
        yield settings


def _settings(chinese: list[str]) -> Any:
    """Matplotlib's settings of all pictures; types of their names are Matplotlib's own."""
    return {
        **LOOK,
        # Each character is drawn by the first font that has it.
        "font.family": ["DejaVu Sans", *chinese],
        "font.size": 9,
        "axes.titlesize": 10.5,
        "legend.frameon": False,
        "text.usetex": False,
        "axes.grid": False,
        "axes.facecolor": "white",
        "figure.facecolor": "white",
        "savefig.facecolor": "auto",
        "savefig.transparent": False,
    }


def _chinese_fonts() -> list[str]:
    """The first font with Chinese characters that Matplotlib knows, if any."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in CHINESE_FONTS if name in installed][:1]


def figure(width: float, height: float) -> tuple[Picture, Axes]:
    """A picture (inches) of one panel, outside of any window system."""
    made, (axes,) = stacked(width, height, 1)
    return made, axes


def stacked(
    width: float, height: float, panels: int, *, share: bool = False
) -> tuple[Picture, list[Axes]]:
    """A picture of panels one below another, with one axis of x if they `share` it."""
    import matplotlib as mpl

    from callstats.plots.picture import Picture

    made = Picture(width, height, {name: mpl.rcParams[name] for name in _settings([])})
    return made, list(made.subplots(panels, squeeze=False, sharex=share)[:, 0])


def headed(axes: Axes, title: str | None, columns: int = 3, **look: Any) -> None:
    """Put the title over the picture, and the legend between them."""
    handles, texts = axes.get_legend_handles_labels()
    lines = 0
    if handles:
        columns = _columns(texts, columns, axes)
        lines = -(-len(texts) // columns)
        place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "fontsize": _SMALL}
        axes.legend(handles, texts, ncols=columns, columnspacing=1.4, **place, **look)
    # A line of the legend is 13 points high.
    axes.set_title(title or "", loc="left", pad=6 + 14 * lines)


def _columns(texts: list[str], most: int, axes: Axes) -> int:
    """Entries of a legend that fit beside one another, by what their characters take at most."""
    room = 72 * axes.get_window_extent().width / axes.figure.dpi
    for columns in range(min(most, len(texts)), 1, -1):
        lines = -(-len(texts) // columns)
        widths = [
            max(text_width(text) for text in texts[start : start + lines])
            for start in range(0, len(texts), lines)
        ]
        if sum(widths) + 38 * len(widths) <= room:
            return columns
    return 1


def text_width(text: str, size: float = 8.5) -> float:
    """Points that a text takes in about; Chinese characters are as wide as they are high."""
    return size * sum(1.0 if ord(letter) > _WIDE else 0.58 for letter in text)


def as_percent(axis: Axis, digits: str = "g") -> None:
    """Write shares along an axis as percent."""
    axis.set_major_formatter(partial(_percent, digits=digits))


def _percent(value: float, _: Any = None, *, digits: str) -> str:
    return f"{100 * value:{digits}}%"


def duration_text(value: float) -> str:
    """Seconds as minutes and seconds, and hours where there are some.

    >>> duration_text(150), duration_text(3725), duration_text(-61)
    ('2:30', '1:02:05', '-1:01')
    """
    seconds = round(abs(value))
    sign = "-" if value < 0 and seconds else ""
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{sign}{minutes}:{rest:02}"
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{rest:02}"


def beside(axes: Axes, at: Any, texts: list[str], **look: Any) -> Any:
    """A second axis on the right, with texts at some places of the first."""
    right = axes.secondary_yaxis("right", functions=(np.positive, np.positive))
    right.set_yticks(at, texts)
    right.tick_params(length=0, labelcolor=COLOURS["muted"], **look)
    right.spines["right"].set_visible(False)
    return right


def rows_of(frame: Frame, argument: str, columns: list[str]) -> pd.DataFrame:
    """The frame as one of pandas, its rows numbered anew."""
    wrapped = read(frame, argument)
    require(wrapped, columns, argument)
    return wrapped.to_pandas().reset_index(drop=True)

"""How figures look, and the rows that they are drawn from."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from callstats._tables.checks import one_of
from callstats._tables.frames import read, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from callstats.typing import Frame

__all__ = [
    "COLOURS",
    "LIMIT",
    "LOOK",
    "as_percent",
    "beside",
    "figure",
    "headed",
    "rows_of",
    "stacked",
    "styled",
]

COLOURS = {
    "ink": "#1c2733",
    "muted": "#5f6f81",
    "grid": "#dfe5ec",
    "band": "#e8eef5",
    "point": "#2f6db4",
    "other": "#d97f26",
    "limit": "#3b8752",
    "signal": "#b3261e",
}

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
def styled(language: str) -> Iterator[None]:
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
    settings: Any = {
        **LOOK,
        # Each character is drawn by the first font that has it.
        "font.family": ["DejaVu Sans", *chinese],
        "font.size": 9,
        "axes.titlesize": 10.5,
        "legend.frameon": False,
    }
    with mpl.rc_context(settings):
        yield


def _chinese_fonts() -> list[str]:
    """The first font with Chinese characters that Matplotlib knows, if any."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in CHINESE_FONTS if name in installed][:1]


def figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure (inches) of one panel, outside of any window system."""
    made, (axes,) = stacked(width, height, 1)
    return made, axes


def stacked(
    width: float, height: float, panels: int, *, share: bool = False
) -> tuple[Figure, list[Axes]]:
    """A figure of panels one below another, with one axis of x if they `share` it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as NewFigure

    made = NewFigure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(made)
    return made, list(made.subplots(panels, squeeze=False, sharex=share)[:, 0])


def headed(axes: Axes, title: str | None, columns: int = 3, **look: Any) -> None:
    """Put the title over the picture, and the legend between them."""
    axes.set_title(title or "", pad=22)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, fontsize=8.5, **look)


def as_percent(axis: Axis, digits: str = "g") -> None:
    """Write shares along an axis as percent."""
    axis.set_major_formatter(lambda value, _: f"{100 * value:{digits}}%")


def beside(axes: Axes, at: Any, texts: list[str], **look: Any) -> Any:
    """A second axis on the right, with texts at some places of the first."""
    right = axes.secondary_yaxis("right")
    right.set_yticks(at, texts)
    right.tick_params(length=0, labelcolor=COLOURS["muted"], **look)
    right.spines["right"].set_visible(False)
    return right


def rows_of(frame: Frame, argument: str, columns: list[str]) -> pd.DataFrame:
    """The frame as one of pandas, its rows numbered anew."""
    wrapped = read(frame, argument)
    require(wrapped, columns, argument)
    return wrapped.to_pandas().reset_index(drop=True)

"""The figure that a chart gives back, and the artist that keeps its texts apart.

Matplotlib is imported at the head, since its classes are extended here: only functions that draw
import this module.
"""

from __future__ import annotations

import io
import itertools
import logging
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.backend_bases import RendererBase
    from matplotlib.text import Annotation

__all__ = ["Picture", "TextsApart"]

#: Tick labels nearer than this, in pixels, run into one another for the eye.
_GAP = 2.0
#: Of many tick labels every second, third, ... is kept.
_STEPS = (1, 2, 3, 4, 5, 6, 7, 10, 12, 14, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000)
#: Distances in points at which a name is tried, the nearest first; beyond the second it has a line.
_AWAY = (7.0, 13.0, 20.0, 29.0, 40.0, 53.0, 70.0, 90.0)
#: Heights of a name beside its point, as shares of the distance.
_HEIGHTS = (0.5, -0.5, 0.0, 1.0, -1.0)


class Picture(Figure):
    """A chart: a Matplotlib figure that shows itself in a notebook, with the frame that it draws.

    It belongs to no window and is not known to pyplot, so that a job that draws thousands keeps
    none of them. ``savefig`` saves it.

    Attributes
    ----------
    data : pandas.DataFrame
        What is drawn: one row a mark, in the order of the picture.
    alt : str
        One sentence with the numbers that matter, for those who do not see the picture.
    """

    def __init__(self, width: float, height: float, look: Mapping[str, Any] | None = None) -> None:
        super().__init__(figsize=(width, height), layout="constrained", facecolor="white")
        FigureCanvasAgg(self)
        self.data = pd.DataFrame()
        self.alt = ""
        self._look = dict(look or {})

    def __repr__(self) -> str:
        return f"<Picture: {self.alt}>" if self.alt else "<Picture>"

    def draw(self, renderer: RendererBase) -> None:
        """Draw with the picture's settings: ticks are made now, not by those of the caller."""
        settings: Any = self._look
        fonts = logging.getLogger("matplotlib.font_manager")
        fonts.addFilter(_without_weights)
        try:
            with mpl.rc_context(settings):
                super().draw(renderer)
        finally:
            fonts.removeFilter(_without_weights)

    def _repr_png_(self) -> bytes:
        """The picture as the last line of a notebook's cell shows it."""
        image = io.BytesIO()
        self.savefig(image, format="png")
        return image.getvalue()


def _without_weights(record: logging.LogRecord) -> bool:
    """Chinese fonts that call their only weight medium are drawn all the same: no job says so."""
    return "Failed to find font weight" not in record.getMessage()


class TextsApart(Artist):
    """Keeps tick labels and names of points from lying on one another, at whatever size.

    It draws nothing. Its turn comes before all else of the axes, when their place is known.
    """

    def __init__(self, axes: Axes) -> None:
        super().__init__()
        self.set_zorder(-1e6)
        self.set_in_layout(False)
        self.panel = axes
        self.names: list[Annotation] = []
        self._hidden: list[Text] = []

    def draw(self, renderer: RendererBase) -> None:
        """Hide and move texts; what is drawn, the axes draw afterwards."""
        for label in self._hidden:
            label.set_visible(True)
        self._hidden = []
        for axes in (self.panel, *self.panel.child_axes):
            for axis in (axes.xaxis, axes.yaxis):
                self._thin(axis, renderer)
        self._place(renderer)

    def _thin(self, axis: Axis, renderer: RendererBase) -> None:
        """Hide labels of an axis until those that are left are apart."""
        if not axis.get_visible():
            return
        axis.get_majorticklabels()
        low, high = sorted(axis.get_view_interval())
        labels = [
            label
            for tick in axis.get_major_ticks()
            if low - 1e-9 <= tick.get_loc() <= high + 1e-9
            for label in (tick.label1, tick.label2)
            if label.get_visible() and label.get_text()
        ]
        boxes = [label.get_window_extent(renderer) for label in labels]
        for step in _STEPS:
            kept = boxes[::step]
            if not any(_touch(a, b) for a, b in itertools.pairwise(kept)):
                break
        for place, label in enumerate(labels):
            if place % step:
                label.set_visible(False)
                self._hidden.append(label)

    def _place(self, renderer: RendererBase) -> None:
        """Move names, the first of them first, to where nothing else is written."""
        if not self.names:
            return
        axes = self.panel
        others = [text for text in axes.texts if text not in self.names and text.get_text()]
        taken = [text.get_window_extent(renderer) for text in others if text.get_visible()]
        room = axes.get_window_extent(renderer)
        pixels: Any = renderer.points_to_pixels(1.0)
        scale = float(pixels)
        for name in self.names:
            # Of the text alone: an annotation's own includes its line.
            size = Text.get_window_extent(name, renderer)
            place: Any = axes.transData.transform(name.xy)
            free = (
                (offset, box)
                for offset, box in _around(place, (size.width, size.height), scale)
                if _within(box, room) and not any(_touch(box, other) for other in taken)
            )
            found = next(free, None)
            name.set_visible(found is not None)
            if found is None:
                continue
            (dx, dy), box = found
            name.set_position((dx, dy))
            name.set_horizontalalignment("left" if dx > 0 else "right")
            if name.arrow_patch is not None:
                name.arrow_patch.set_visible(abs(dx) > _AWAY[1])
            taken.append(box)


def _within(box: Bbox, room: Bbox) -> bool:
    return bool(room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1)


def _touch(one: Bbox, other: Bbox) -> bool:
    return bool(
        one.x0 < other.x1 + _GAP
        and other.x0 < one.x1 + _GAP
        and one.y0 < other.y1
        and other.y0 < one.y1
    )


def _around(
    place: Sequence[float], size: tuple[float, float], scale: float
) -> Iterator[tuple[tuple[float, float], Bbox]]:
    """Offsets in points at which a text could stand, the nearest first, and its box there."""
    (x, y), (width, height) = place, size
    for away in _AWAY:
        for side in (1, -1):
            for rise in _HEIGHTS:
                dx, dy = side * away, rise * away
                left = x + dx * scale - (width if side < 0 else 0.0)
                middle = y + dy * scale
                yield (dx, dy), Bbox.from_bounds(left, middle - height / 2, width, height)

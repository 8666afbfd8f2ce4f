"""The report's pictures: each takes a small frame, draws it, and gives back picture and frame."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats.report.drawing import COLOURS, Legend, chart, figure, plain
from callstats.report.log import HALF_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from callstats.report.drawing import Chart, Drawn
    from callstats.report.labels import Words

__all__ = [
    "FEW_CALLS",
    "calibration",
    "days",
    "heat",
    "love",
    "patience",
    "profile",
    "requirement",
    "staffing_curve",
    "waits",
]

#: From far below the goal to far above it.
LEVEL_COLOURS = ("#8c3a0b", "#d97f26", "#f3c999", "#f7f7f4", "#9fc3e0", "#2f6db4")
#: Below this many calls a share is noise: one call is 20 points and more.
FEW_CALLS = 5
#: Points of a curve that a picture of the page's width can tell apart.
CURVE_POINTS = 500
#: Levels of one column that a picture of the balance shows, the commonest; a table has them all.
MANY_LEVELS = 20
#: Rows of dates that a heat map can name; a longer log is shown by weekday.
MANY_DATES = 62


def _clock_axis(axes: Axes, slots: pd.Series[Any], words: Words, every: int = 120) -> None:
    """Hours of the day below, from the first to the last half hour that has something in it."""
    low, high = (int(slots.min()), int(slots.max()) + HALF_HOUR) if len(slots) else (0, 1440)
    if high - low <= 6 * 60:
        every = 60
    ticks = np.arange(-(-low // every) * every, high + 1, every)
    axes.set_xlim(low, high)
    axes.set_xticks(ticks, [words.clock(tick) for tick in ticks.tolist()])


def _percent_axis(axis: Any, ticks: Sequence[float]) -> None:
    axis.set_ticks(list(ticks), [f"{100 * tick:.0f}%" for tick in ticks])


#: How a goal or a threshold is drawn, by `axhline` or `axvline`, and the line of a model.
_MARK: dict[str, Any] = {"color": COLOURS["goal"], "linewidth": 1, "linestyle": (0, (4, 2))}
_MODEL: dict[str, dict[str, Any]] = {
    role: {"color": COLOURS[role], "linewidth": 1.4} for role in ("erlang-a", "erlang-c")
}


def _bars(axes: Axes, at: Any, answered: Any, abandoned: Any, width: float) -> None:
    """Calls answered, and those given up on top of them."""
    axes.bar(at, answered, width=width, color=COLOURS["answered"])
    axes.bar(at, abandoned, bottom=answered, width=width, color=COLOURS["abandoned"])


def _call_legend(words: Words) -> tuple[Legend, ...]:
    return (Legend(words("answered"), "answered"), Legend(words("abandoned"), "abandoned"))


@chart("days", "chart_days")
def days(daily: pd.DataFrame, words: Words, *, goal: float, threshold: float) -> Drawn:
    """Calls of each date, answered and given up, over the service level of the date.

    `daily` has the columns `date, answered, abandoned, service_level`, one row a date with calls.
    """
    from matplotlib.ticker import MaxNLocator

    drawn, (top, bottom) = figure(
        3.3, 2, sharex=True, gridspec_kw={"height_ratios": [1.5, 1], "hspace": 0.3}
    )
    drawn.subplots_adjust(left=0.065, right=0.97, top=0.94, bottom=0.08)
    dates = pd.to_datetime(daily["date"])
    at = (dates - dates.min()).dt.days.to_numpy(dtype=float)
    _bars(top, at, daily["answered"], daily["abandoned"], 0.8)
    top.set_title(words("chart_days_calls"))
    top.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    top.yaxis.set_major_formatter(lambda value, _: words.count(value))
    dots: dict[str, Any] = {"linewidth": 1, "marker": "o", "markersize": 3}
    bottom.plot(at, daily["service_level"], color=COLOURS["answered"], **dots)
    bottom.axhline(goal, **_MARK)
    bottom.set_ylim(0, 1.02)
    _percent_axis(bottom.yaxis, (0, 0.5, 1))
    bottom.set_title(words("chart_days_level", threshold=threshold))
    span = int(at.max()) if len(at) else 0
    step = next((s for s in (1, 7, 14, 28, 91) if span / s <= 10), 182)
    ticks = list(range(0, span + 1, step))
    labels = [words.date((dates.min() + pd.Timedelta(days=tick)).date()) for tick in ticks]
    bottom.set_xticks(ticks, labels)
    bottom.set_xlim(-0.7, span + 0.7)
    goals = Legend(words("goal", goal=goal), "goal", "dashed")
    return drawn, daily, (*_call_legend(words), goals)


@chart("profile", "chart_profile")
def profile(by_slot: pd.DataFrame, words: Words) -> Drawn:
    """The mean day: calls by half hour, over how long they waited.

    `by_slot` has the columns `slot` (minutes since midnight), `answered_a_day`,
    `abandoned_a_day`, `asa` and `wait_p90`.
    """
    drawn, (top, bottom) = figure(
        3.3, 2, sharex=True, gridspec_kw={"height_ratios": [1.3, 1], "hspace": 0.3}
    )
    drawn.subplots_adjust(left=0.065, right=0.97, top=0.94, bottom=0.08)
    middle = by_slot["slot"] + HALF_HOUR / 2
    _bars(top, middle, by_slot["answered_a_day"], by_slot["abandoned_a_day"], 26)
    top.set_title(words("chart_profile_calls"))
    bottom.plot(middle, by_slot["wait_p90"], **_MODEL["erlang-c"])
    bottom.plot(middle, by_slot["asa"], **_MODEL["erlang-a"])
    bottom.set_ylim(0, None)
    bottom.set_title(words("chart_profile_wait"))
    _clock_axis(bottom, by_slot["slot"], words)
    legend = (
        *_call_legend(words),
        Legend(words("asa_long"), "erlang-a", "line"),
        Legend(words("wait_p90"), "erlang-c", "line"),
    )
    return drawn, by_slot, legend


def heat(cells: pd.DataFrame, words: Words, *, goal: float, threshold: float) -> Chart:
    """Service level by date (weekday, for a long log) and half hour; white is the goal.

    `cells` has the columns `date, slot, counted, answered_within, at_work`, one row a date and
    half hour with calls. Cells with few calls or nobody at work are grey, without calls blank.
    """
    by_weekday = bool(cells["date"].nunique() > MANY_DATES)
    table = _heat_cells(cells, by_weekday=by_weekday)
    drawn = _heat(table, words, goal=goal, threshold=threshold, by_weekday=by_weekday)
    return replace(drawn, title=words("chart_heat_weekday")) if by_weekday else drawn


@chart("heat", "chart_heat")
def _heat(
    table: pd.DataFrame, words: Words, *, goal: float, threshold: float, by_weekday: bool
) -> Drawn:
    import matplotlib as mpl
    from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm, to_rgba

    order = sorted(table["row"].unique())
    low = int(table["slot"].min())
    width = (int(table["slot"].max()) - low) // HALF_HOUR + 1
    scale = LinearSegmentedColormap.from_list("level", LEVEL_COLOURS)
    # The goal is white wherever it lies; at the very ends the scale has one side only.
    norm = TwoSlopeNorm(min(max(goal, 0.01), 0.99), 0, 1)
    image = np.zeros((len(order), width, 4))
    places = {row: place for place, row in enumerate(order)}
    shares = scale(norm(table["service_level"].fillna(0).to_numpy()))
    shares[~table["shown"].to_numpy()] = to_rgba(COLOURS["quiet"])
    rows = [places[row] for row in table["row"]]
    image[rows, (table["slot"].to_numpy() - low) // HALF_HOUR] = shares
    height = 0.165 * len(order) + 0.63
    drawn, (axes,) = figure(height)
    drawn.subplots_adjust(left=0.105, right=0.97, top=1 - 0.38 / height, bottom=0.25 / height)
    extent = (low, low + width * HALF_HOUR, len(order) - 0.5, -0.5)
    axes.imshow(image, interpolation="none", aspect="auto", extent=extent)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    labels = [
        words.weekday(int(row))
        if by_weekday
        else f"{words.weekday(row.weekday(), short=True)} {words.date(row)}"
        for row in order
    ]
    axes.set_yticks(range(len(order)), labels)
    axes.tick_params(axis="y", length=0)
    _clock_axis(axes, table["slot"], words)
    bar = drawn.add_axes((0.77, 1 - 0.26 / height, 0.2, 0.1 / height))
    mapped = mpl.cm.ScalarMappable(norm, scale)
    colours = drawn.colorbar(mapped, cax=bar, orientation="horizontal")
    ends = [0.0, goal, 1.0] if 0.2 <= goal <= 0.8 else [0.0, 0.5, 1.0]
    _percent_axis(bar.xaxis, ends)
    bar.xaxis.set_ticks_position("top")
    bar.tick_params(length=0, pad=1, labelsize=7.5)
    colours.outline.set_visible(False)
    text = words("chart_heat_scale", threshold=threshold)
    drawn.text(0.76, 1 - 0.21 / height, text, ha="right", va="center")
    return drawn, table, [Legend(words("chart_heat_few", few=FEW_CALLS), "quiet")]


def _heat_cells(cells: pd.DataFrame, *, by_weekday: bool) -> pd.DataFrame:
    """The service level of each row (date or weekday) and half hour, and whether it is shown."""
    rows = cells.assign(
        row=pd.to_datetime(cells["date"]).dt.day_of_week if by_weekday else cells["date"]
    )
    # A cell pools only what is comparable: half hours without agents stay out of a weekday's cell.
    if by_weekday:
        rows = rows[rows["at_work"]]
    table = rows.groupby(["row", "slot"], as_index=False).agg(
        counted=("counted", "sum"),
        answered_within=("answered_within", "sum"),
        at_work=("at_work", "any"),
    )
    table["service_level"] = table["answered_within"] / table["counted"].where(table["counted"] > 0)
    table["shown"] = table["at_work"] & (table["counted"] >= FEW_CALLS)
    return table


@chart("waits", "chart_waits")
def waits(bins: pd.DataFrame, words: Words, *, threshold: float) -> Drawn:
    """How the waits fall into bands, as shares of all calls answered or given up.

    `bins` has the columns `low, high` (seconds; a wait is > low and <= high, the first band is
    exactly 0, the last is open), `answered` and `abandoned`.
    """
    drawn, (axes,) = figure(2.5)
    drawn.subplots_adjust(left=0.065, right=0.97, top=0.91, bottom=0.17)
    total = float(bins["answered"].sum() + bins["abandoned"].sum())
    shares = bins[["answered", "abandoned"]] / (total or np.nan)
    data = bins.assign(share=shares.sum(axis=1))
    at = np.arange(len(bins))
    _bars(axes, at, shares["answered"], shares["abandoned"], 0.85)
    for place, share in enumerate(data["share"]):
        if np.isfinite(share):
            axes.text(place, share, words.share(share), ha="center", va="bottom", fontsize=8)
    within = int((bins["high"] <= threshold).sum())
    axes.axvline(within - 0.5, **_MARK)
    labels = [
        words("wait_none")
        if high <= 0
        else words("wait_over", low=low)
        if np.isinf(high)
        else words("wait_to", high=high)
        for low, high in zip(bins["low"], bins["high"], strict=True)
    ]
    # Neighbouring labels would run into one another on one line.
    axes.set_xticks(at, [label.replace(" min ", " min\n") for label in labels], fontsize=8)
    top = float(data["share"].max()) if total else 1.0
    axes.set_ylim(0, top * 1.15)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    axes.set_title(words("chart_waits_axis"))
    limit = Legend(words("service_level_within", threshold=threshold), "goal", "dashed")
    return drawn, data, (*_call_legend(words), limit)


def _thinned(curve: pd.DataFrame, until: float) -> pd.DataFrame:
    """The curve at no more times than a picture can tell apart; steps keep their heights."""
    if len(curve) <= CURVE_POINTS:
        return curve
    grid = np.linspace(0, until, CURVE_POINTS)
    at = np.searchsorted(curve["time"], grid, side="right") - 1
    return curve.iloc[np.unique(at[at >= 0])]


@chart("patience", "chart_patience")
def patience(
    curve: pd.DataFrame, words: Words, *, mean: float, threshold: float, until: float
) -> Drawn:
    """Share of callers who would still wait: curve with band, and the exponential beside it.

    `curve` has the columns `time, survival, survival_low, survival_high`; it is drawn up to
    `until` seconds. `mean` is the mean of the exponential.
    """
    drawn, (axes,) = figure(2.9)
    drawn.subplots_adjust(left=0.065, right=0.97, top=0.92, bottom=0.09)
    shown = _thinned(curve[curve["time"] <= until], until)
    time = np.concatenate([[0.0], shown["time"], [until]])

    def steps(column: str) -> Any:
        values = shown[column].to_numpy(dtype=float)
        last = values[-1:] if len(values) else [1.0]
        return np.concatenate([[1.0], values, last])

    low, high = steps("survival_low"), steps("survival_high")
    axes.fill_between(time, low, high, step="post", linewidth=0, color=COLOURS["seen"])
    axes.plot(time, steps("survival"), drawstyle="steps-post", **_MODEL["erlang-a"])
    grid = np.linspace(0, until, 101)
    if np.isfinite(mean) and mean > 0:
        look = _MODEL["erlang-c"] | {"linewidth": 1.2, "linestyle": (0, (5, 2))}
        axes.plot(grid, np.exp(-grid / mean), **look)
    axes.axvline(threshold, **_MARK)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, until)
    _percent_axis(axes.yaxis, (0, 0.25, 0.5, 0.75, 1))
    every = next((s for s in (15, 30, 60, 120, 300, 600, 1800) if until / s <= 10), 3600)
    ticks = np.arange(0, until + 1, every)
    axes.set_xticks(ticks, [words.duration(tick) for tick in ticks])
    axes.set_title(words("chart_patience_axis"))
    legend = [Legend(words("kaplan_meier"), "erlang-a", "line"), Legend(words("band"), "seen")]
    if np.isfinite(mean):
        legend.append(Legend(words("exponential", mean=mean), "erlang-c", "dashed"))
    legend.append(Legend(words("threshold", threshold=threshold), "goal", "dashed"))
    return drawn, shown, legend


@chart("requirement", "chart_requirement")
def requirement(means: pd.DataFrame, words: Words) -> Drawn:
    """One panel a weekday: agents seen, and agents needed by Erlang A and by Erlang C.

    `means` has the columns `weekday` (0 is Monday), `slot`, `needed_a`, `needed_c` and
    `agents_at_work` (missing where the log does not name agents).
    """
    from matplotlib.ticker import MaxNLocator

    weekdays = sorted(means["weekday"].unique())
    columns = 1 if len(weekdays) == 1 else 2
    rows = -(-len(weekdays) // columns)
    height = 1.5 * rows + 0.3 if columns > 1 else 2.6
    drawn, panels = figure(height, rows, columns, sharex=True, sharey=True)
    margin = 0.25 / height
    drawn.subplots_adjust(0.05, margin, 0.97, 1 - margin, hspace=0.5, wspace=0.08)
    seen = means["agents_at_work"].notna().any()
    for panel, weekday in zip(panels, weekdays, strict=False):
        rest = means[means["weekday"] == weekday].set_index("slot")
        slots = np.arange(rest.index.min(), rest.index.max() + 1, HALF_HOUR)
        rest = rest.reindex(slots)
        edges = np.append(slots, slots[-1] + HALF_HOUR)
        if seen:
            level = rest["agents_at_work"].fillna(0)
            panel.stairs(level, edges, fill=True, color=COLOURS["seen"], linewidth=0)
        look = _MODEL["erlang-c"] | {"linewidth": 1.1, "linestyle": (0, (3, 1.5))}
        panel.stairs(rest["needed_c"], edges, baseline=None, **look)
        look = _MODEL["erlang-a"] | {"linewidth": 1.5}
        panel.stairs(rest["needed_a"], edges, baseline=None, **look)
        panel.set_title(words.weekday(int(weekday)))
    for panel in panels:
        panel.set_ylim(0, None)
        panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        _clock_axis(panel, means["slot"], words, every=180 if columns > 1 else 120)
        panel.tick_params(labelbottom=True, labelleft=True)
    for panel in panels[len(weekdays) :]:
        panel.set_visible(False)
    legend = [
        Legend(words("needed_a"), "erlang-a", "line"),
        Legend(words("needed_c"), "erlang-c", "dashed"),
    ]
    if seen:
        legend.insert(0, Legend(words("seen"), "seen"))
    return drawn, means, legend


@chart("curve", "chart_curve")
def staffing_curve(curve: pd.DataFrame, words: Words, *, goal: float) -> Drawn:
    """Service level against agents by both models, and what each further agent adds.

    `curve` is `erlang.table` with patience, and `service_level_c` that of the table without.
    """
    from matplotlib.ticker import MaxNLocator

    drawn, (left, right) = figure(2.6, 1, 2)
    drawn.subplots_adjust(left=0.055, right=0.97, top=0.91, bottom=0.1, wspace=0.14)
    dots: dict[str, Any] = {"linewidth": 1.3, "marker": "o", "markersize": 3}
    dashed = _MODEL["erlang-c"] | dots | {"linestyle": (0, (5, 2))}
    left.plot(curve["agents"], curve["service_level_c"], **dashed)
    left.plot(curve["agents"], curve["service_level"], **(_MODEL["erlang-a"] | dots))
    left.axhline(goal, **_MARK)
    left.set_ylim(0, 1.02)
    _percent_axis(left.yaxis, (0, 0.25, 0.5, 0.75, 1))
    left.set_title(words("chart_curve_level"))
    gain = 100 * curve["marginal_service_level"]
    right.bar(curve["agents"], gain, width=0.7, color=COLOURS["erlang-a"])
    right.set_title(words("chart_curve_gain"))
    for panel in (left, right):
        panel.xaxis.set_major_locator(MaxNLocator(12, integer=True))
        panel.set_xlim(curve["agents"].min() - 0.6, curve["agents"].max() + 0.6)
    legend = (
        Legend(words("erlang_a"), "erlang-a", "line"),
        Legend(words("erlang_c"), "erlang-c", "dashed"),
        Legend(words("goal", goal=goal), "goal", "dashed"),
    )
    return drawn, curve, legend


@chart("calibration", "chart_calibration")
def calibration(pooled: pd.DataFrame, words: Words) -> Drawn:
    """Observed against predicted service level, half hours of a like prediction pooled.

    `pooled` has the columns `model` ("a" or "c"), `predicted`, `observed` and `calls`; the area of
    a dot goes with its calls.
    """
    drawn, (axes,) = figure(3.6, width=4.2)
    drawn.subplots_adjust(left=0.12, right=0.97, top=0.93, bottom=0.15)
    axes.plot([0, 1], [0, 1], color=COLOURS["muted"], linewidth=0.8)
    for model, role in (("c", "erlang-c"), ("a", "erlang-a")):
        dots = pooled[pooled["model"] == model]
        area = 60 * dots["calls"] / (pooled["calls"].max() or 1) + 6
        axes.scatter(dots["predicted"], dots["observed"], s=area, color=COLOURS[role], linewidths=0)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    for axis in (axes.xaxis, axes.yaxis):
        _percent_axis(axis, (0, 0.25, 0.5, 0.75, 1))
    axes.grid(visible=True, axis="both")
    axes.set_title(words("chart_calibration_y"))
    axes.set_xlabel(words("chart_calibration_x"))
    legend = (
        Legend(words("erlang_a"), "erlang-a", "dot"),
        Legend(words("erlang_c"), "erlang-c", "dot"),
    )
    return drawn, pooled, legend


def _fitted(text: str, width: int = 26) -> str:
    """`text` cut so that it fits the margin; Chinese characters are twice as wide as Latin ones."""
    room = width
    kept: list[str] = []
    for letter in plain(text):
        room -= 2 if ord(letter) > 0x2E7F else 1
        if room < 1:
            return "".join(kept) + "…"
        kept.append(letter)
    return "".join(kept)


@chart("love", "chart_love")
def love(gaps: pd.DataFrame, words: Words) -> Drawn:
    """Standardised differences of sample and frame, of the balanced sample and a simple draw.

    `gaps` has the columns `column, level` (text to print), `population_share`, `balanced` and
    `simple`.
    """
    common = (
        gaps["population_share"].fillna(1).groupby(gaps["column"]).rank("first", ascending=False)
    )
    gaps = gaps[common <= MANY_LEVELS]
    height = 0.17 * max(len(gaps), 2) + 0.55
    drawn, (axes,) = figure(height)
    drawn.subplots_adjust(left=0.27, right=0.975, top=1 - 0.28 / height, bottom=0.27 / height)
    at = np.arange(len(gaps))
    axes.axvspan(-0.1, 0.1, color=COLOURS["grid"], alpha=0.6, linewidth=0)
    axes.axvline(0, color=COLOURS["muted"], linewidth=0.8)
    rings: dict[str, Any] = {"facecolors": "none", "edgecolors": COLOURS["abandoned"]}
    axes.scatter(gaps["simple"], at, s=16, linewidths=1, **rings)
    axes.scatter(gaps["balanced"], at, s=18, color=COLOURS["answered"], linewidths=0)
    changes = np.flatnonzero(gaps["column"].to_numpy()[1:] != gaps["column"].to_numpy()[:-1])
    for change in changes:
        axes.axhline(change + 0.5, color=COLOURS["grid"], linewidth=0.7)
    labels = [
        _fitted(f"{column}: {level}" if level else column)
        for column, level in zip(gaps["column"], gaps["level"], strict=True)
    ]
    axes.set_yticks(at, labels)
    axes.set_ylim(len(gaps) - 0.4, -0.6)
    reach = float(np.nanmax(np.abs(gaps[["balanced", "simple"]].to_numpy()), initial=0.15))
    axes.set_xlim(-1.1 * reach, 1.1 * reach)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.set_title(words("chart_love_axis"))
    legend = (
        Legend(words("gap_balanced"), "answered", "dot"),
        Legend(words("gap_simple"), "abandoned", "ring"),
    )
    return drawn, gaps, legend

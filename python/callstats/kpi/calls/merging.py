"""Partial summaries of disjoint calls, added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames, groups, periods
from callstats._tables.checks import MOST_NUMBERS, listed
from callstats._tables.groups import Coded
from callstats._tables.periods import Zone
from callstats.kpi.calls import figures
from callstats.kpi.calls.definitions import Definitions
from callstats.kpi.calls.figures import (
    AT_THRESHOLD,
    COUNTS,
    QUANTILES,
    SUMS,
    WITHOUT_WAIT,
    bin_names,
    ending,
    whole_numbers,
)
from callstats.kpi.calls.summary import definitions_as_json, several_definitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.kpi.calls.figures import Columns
    from callstats.typing import Frame


def merge(
    parts: Iterable[Frame],
    *,
    definition: Definitions | str | Sequence[Definitions | str] | None = None,
) -> Frame:
    """Partial summaries of disjoint calls added up exactly.

    Counts and sums are added and every rate is divided again; rates are never averaged. Merging the
    summaries of the days of a month gives the counts of one pass over the month.

    Parameters
    ----------
    parts : iterable of DataFrame
        Results of `summarize` of the same kind of frame, by the same columns and with the same
        thresholds and definitions. Rows with the same keys and `start` become one. Where there are
        opening hours, every group gets the open intervals of all parts, as one pass gives them; of
        a day on which nobody called at all no part knows.
    definition : Definitions or str, or a sequence of them, optional
        The definitions of the parts. Default: what the parts say of themselves (pandas), else the
        default ones. They are checked against the figures in the parts.

    Returns
    -------
    DataFrame
        As `summarize` gives it. `wait_max` is exact. The other wait quantiles cannot be had from
        those of parts: with `bins` they are the upper edge of the bin that holds them, at most
        `wait_max`, which is exact where waits are whole seconds and every second is an edge;
        without `bins` they are NaN.

    Raises
    ------
    ValueError
        Parts that do not fit together, or figures that the definitions do not give.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats.kpi import merge, summarize
    >>> monday = pd.DataFrame({"wait": [5.0, 50.0], "outcome": "answered"})
    >>> tuesday = pd.DataFrame({"wait": [50.0], "outcome": "answered"})
    >>> whole = merge([summarize(monday), summarize(tuesday)])
    >>> whole[["offered", "answered_within", "service_level"]].round(4).to_dict("records")
    [{'offered': 3, 'answered_within': 1, 'service_level': 0.3333}]
    """
    import narwhals as nw

    if hasattr(parts, "columns"):
        msg = f"parts must be several frames, such as a list; got one {type(parts).__name__}"
        raise TypeError(msg)
    natives = listed("parts", parts, "several frames, such as a list", MOST_NUMBERS)
    tables = [frames.read(part, f"parts[{place}]") for place, part in enumerate(natives)]
    if not tables:
        raise ValueError("parts must hold at least one summary; got none")
    _check_alike(tables, natives)
    about = [getattr(part, "attrs", {}).get("callstats", {}) for part in natives]
    tables = _with_wait_counts([frames.without_attrs(frame) for frame in tables])
    first = tables[0]
    definitions = _common_definitions(about, definition)
    thresholds = _thresholds_of(first.columns)
    edges = _edges_of(first.columns)
    _agree_on(("thresholds", "short_abandon", "freq", "attribute_to", "hours"), about)
    measures = set(figures.names(thresholds, definitions, edges))
    keys = [name for name in first.columns if name not in measures]
    tables = [frame.select(first.columns) for frame in tables]
    # A part without rows, read from a file, may have lost its types and its zone.
    other = next((frame for frame in tables if len(frame)), first.select(first.columns))
    tables = [frame if len(frame) else other.head(0) for frame in tables]
    if "start" in first.columns:
        tables = [_in_zone(frame, other, f"parts[{k}]") for k, frame in enumerate(tables)]
    whole = nw.concat(_of_one_type(tables), how="vertical")
    _check_figures(whole, thresholds, definitions, np.cumsum([len(frame) for frame in tables]))
    columns = {key: groups.coded(whole[key]) for key in keys}
    cells = _Cells.of(whole, columns)
    # Without keys the parts make one row, also where they are empty.
    coded = [Coded(columns[key].codes[cells.rows(key)], columns[key].distinct) for key in keys]
    grouped = groups.group_rows(coded, cells.others.size)
    counts = _added(whole, grouped, thresholds, edges)
    apart: Columns = {name: counts.pop(name) for name in ("flagged", "closed") if name in counts}
    if "open_seconds" in whole.columns:
        seconds = whole["open_seconds"].to_numpy()[cells.rows("start")]
        apart["open_seconds"] = grouped.largest(seconds)
    found = figures.figures(counts, thresholds, definitions) | apart
    found = {name: found[name] for name in first.columns if name in found}
    result = {key: groups.take(whole[key], cells.rows(key)[grouped.example]) for key in keys}
    merged = {
        **next((each for each in about if each), {}),
        "function": "merge",
        "definitions": definitions_as_json(definitions),
        "rows": sum(each.get("rows", 0) for each in about),
        "left_out": sum(each.get("left_out", 0) for each in about),
        "problems": [problem for each in about for problem in each.get("problems", [])],
        **_waits_not_known(about),
    }
    return frames.result(first, result, found, merged)


def _check_alike(tables: Sequence[Any], natives: Sequence[Any]) -> None:
    """Raise where parts are of different libraries, or their columns differ."""
    first = tables[0]
    for place, frame in enumerate(tables):
        needed = (*COUNTS, *SUMS, "asa", "mean_wait", "mean_time_to_abandon", *QUANTILES)
        frames.require(frame, [n for n in needed if n not in _TOLD_APART], f"parts[{place}]")
        if frame.implementation is not first.implementation:
            kinds = type(natives[place]).__module__, type(natives[0]).__module__
            msg = f"parts[{place}] must be of the library of parts[0]; got {kinds[0]}, {kinds[1]}"
            raise TypeError(msg)
        differing = sorted((set(frame.columns) ^ set(first.columns)) - set(WITHOUT_WAIT.values()))
        if differing:
            raise ValueError(f"parts[{place}] has other columns than parts[0]: {differing}")


def _waits_not_known(about: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    said = [each["missing"] for each in about if "missing" in each]
    return {"missing": "; ".join(dict.fromkeys(said))} if said else {}


def _with_wait_counts(tables: Sequence[Any]) -> list[Any]:
    """Parts with the counts of rows without a wait that one of them has: others have no such."""
    import narwhals as nw

    counts = [name for name in WITHOUT_WAIT.values() if any(name in f.columns for f in tables)]
    made = []
    for frame in tables:
        zeros = np.zeros(len(frame), np.int64)
        absent = [name for name in counts if name not in frame.columns]
        series = [nw.new_series(name, zeros, backend=frame.implementation) for name in absent]
        made.append(frame.with_columns(*series) if series else frame)
    return made


def _of_one_type(tables: Sequence[Any]) -> list[Any]:
    """Parts in which counts are floats, where some are missing in one of them."""
    import narwhals as nw

    kinds: dict[str, set[Any]] = {}
    for frame in tables:
        for name, kind in frame.schema.items():
            kinds.setdefault(name, set()).add(kind)
    mixed = [
        name
        for name, found in kinds.items()
        if len(found) > 1 and nw.Float64 in found and all(each.is_numeric() for each in found)
    ]
    casts = [nw.col(name).cast(nw.Float64) for name in mixed]
    return [frame.with_columns(*casts) if casts else frame for frame in tables]


def _in_zone(frame: Any, other: Any, argument: str) -> Any:
    """A part with its intervals labelled in the zone of another."""
    (values, zone), (_, wanted) = (
        frames.times(each["start"]) or (np.zeros(0, "M8[us]"), None) for each in (frame, other)
    )
    if str(zone) == str(wanted):
        return frame
    if zone is None or wanted is None:
        raise ValueError(f"{argument}: start must have a time zone if that of other parts has one")
    instants = values.astype("M8[ns]").view(np.int64)
    return frame.with_columns(periods.labels("start", instants, Zone(wanted), frame))


@dataclass(frozen=True)
class _Cells:
    """The rows of the parts, and after them cells of groups in open intervals of other groups."""

    #: The row that has the cell's `start`.
    starts: NDArray[np.int64]
    #: The row that has its other keys.
    others: NDArray[np.int64]

    def rows(self, key: str) -> NDArray[np.int64]:
        """The rows that have the cells' value of a key."""
        return self.starts if key == "start" else self.others

    @staticmethod
    def of(whole: Any, columns: Mapping[str, Coded]) -> _Cells:
        """Each group has the open intervals of all: a part knows only those of its own groups."""
        every = np.arange(len(whole))
        if "start" not in columns or "open_seconds" not in whole.columns or not len(whole):
            return _Cells(every, every)
        others = [column for key, column in columns.items() if key != "start"]
        combinations = groups.group_rows(others, len(whole))
        seconds = whole["open_seconds"].cast(_float64()).to_numpy()
        start = columns["start"].codes
        is_open = np.flatnonzero(seconds > 0)
        # Where queues have hours of their own an interval belongs to those of the queue.
        queue = np.zeros(len(whole), np.int64)
        if "queue" in columns and _differ(start[is_open], seconds[is_open]):
            queue = columns["queue"].codes.astype(np.int64)
        pairs = np.stack([queue[is_open], start[is_open]])
        _, first = np.unique(pairs, axis=1, return_index=True)
        intervals = is_open[first]
        of_queue = queue[combinations.example]
        chosen = [
            (row, intervals[queue[intervals] == mine])
            for row, mine in zip(combinations.example.tolist(), of_queue.tolist(), strict=True)
        ]
        return _Cells(
            np.concatenate([every, *(rows for _, rows in chosen)]),
            np.concatenate([every, *(np.full(rows.size, row) for row, rows in chosen)]),
        )


def _differ(start: NDArray[Any], seconds: NDArray[np.float64]) -> bool:
    """Whether an interval is open for different lengths of time."""
    order = np.lexsort((seconds, start))
    start, seconds = start[order], seconds[order]
    return bool(((start[1:] == start[:-1]) & (seconds[1:] != seconds[:-1])).any())


#: Means whose names several definitions may make longer.
_TOLD_APART = {"asa"}


def _added(
    whole: Any, grouped: groups.Groups, thresholds: list[float], edges: list[float]
) -> Columns:
    codes = grouped.codes[: len(whole)]
    names = ("transferred", "flagged", "closed", *WITHOUT_WAIT.values())
    optional = [name for name in names if name in whole.columns]
    several = [ending(thresholds, place) for place in range(len(thresholds))]
    at_threshold = [f"{name}{each}" for each in several for name in AT_THRESHOLD]
    found: Columns = {}
    for name in (*COUNTS, *SUMS, *optional, *at_threshold, *bin_names(edges)):
        values = whole[name].to_numpy()
        if values.dtype.kind == "f":
            found[name] = _sum_of_known(codes, values, len(grouped))
            if name not in SUMS and not name.startswith("wait_beyond_sum"):
                found[name] = whole_numbers(found[name])
        else:
            total = np.zeros(len(grouped), np.int64)
            np.add.at(total, codes, values)
            found[name] = total
    longest = grouped.largest(whole["wait_max"].cast(_float64()).to_numpy())
    longest = np.where(np.isnan(found["wait_sum_all"]), np.nan, longest)
    for name, probability in QUANTILES.items():
        found[name] = from_bins(probability, found, edges, longest)
    found["wait_max"] = longest
    return found


def _sum_of_known(codes: NDArray[Any], values: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Sums by group; missing where something in the group is."""
    unknown = np.isnan(values)
    total = _core.kpi_sums(codes, np.where(unknown, 0.0, values.astype(np.float64)), count)
    if not unknown.any():
        return total
    return np.where(np.bincount(codes[unknown], minlength=count) > 0, np.nan, total)


def from_bins(
    probability: float, counts: Columns, edges: list[float], longest: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The edge of the bin that holds a quantile; NaN without bins."""
    if not edges:
        return np.full(longest.size, np.nan)
    below = np.cumsum([counts[name] for name in bin_names(edges)], axis=0)
    reached = groups.divided(below, below[-1]) >= probability
    upper = np.array([*edges, np.inf])[reached.argmax(axis=0)]
    return np.where(below[-1] > 0, np.fmin(upper, longest), np.nan)


def _float64() -> Any:
    import narwhals as nw

    return nw.Float64()


def _common_definitions(
    about: Sequence[Mapping[str, Any]],
    definition: Definitions | str | Sequence[Definitions | str] | None,
) -> list[Definitions]:
    if definition is not None:
        return several_definitions(definition)
    said = [each["definitions"] for each in about if "definitions" in each]
    if any(each != said[0] for each in said):
        raise ValueError("parts must share their definitions; give those to use as definition=")
    if not said:
        return [Definitions()]
    sets = said[0] if isinstance(said[0], list) else [said[0]]
    return [Definitions(**each) for each in sets]


def _agree_on(settings: Sequence[str], about: Sequence[Mapping[str, Any]]) -> None:
    for setting in settings:
        said = [each[setting] for each in about if setting in each]
        if any(each != said[0] for each in said):
            raise ValueError(f"parts must be made with the same {setting}; got {said}")


def _thresholds_of(columns: Sequence[str]) -> list[float]:
    """The thresholds in the names of the columns; a single one shows nowhere and stays unnamed."""
    return _numbers("answered_within_", columns) or [np.nan]


def _edges_of(columns: Sequence[str]) -> list[float]:
    return _numbers("waits_to_", columns)


def _numbers(stem: str, columns: Sequence[str]) -> list[float]:
    return [float(name.removeprefix(stem)) for name in columns if name.startswith(stem)]


def _check_figures(
    whole: Any, thresholds: list[float], definitions: Sequence[Definitions], ends: NDArray[Any]
) -> None:
    """Raise where figures of parts, which end at such rows, are not what their counts give."""
    import narwhals.selectors as ncs

    stored = {s.name: s.to_numpy() for s in whole.select(ncs.numeric()).iter_columns()}
    again = figures.figures(stored, thresholds, definitions)
    for name, values in again.items():
        if values is stored.get(name):
            continue
        same = np.zeros(len(whole), dtype=bool)
        if name in stored:
            same = np.isclose(
                stored[name].astype(np.float64), values, rtol=1e-9, atol=0, equal_nan=True
            )
        if not same.all() or name not in whole.columns:
            place = (
                int(np.searchsorted(ends, int(np.argmin(same)), side="right")) if len(whole) else 0
            )
            named = ", ".join(repr(each.name) for each in definitions)
            raise ValueError(
                f"parts[{place}]: {name} is not what the definitions {named} give from "
                "its counts; pass as definition= those that the parts were made with"
            )

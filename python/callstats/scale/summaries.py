"""Key figures of calls, from parts that may lie on any machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from callstats import _core
from callstats._tables import periods
from callstats._tables.checks import column_names, one_of
from callstats._tables.periods import MISSING
from callstats.kpi.calls import figures
from callstats.kpi.calls.log import OUTCOMES
from callstats.kpi.calls.merging import from_bins
from callstats.kpi.calls.opening import hours_of, read_hours
from callstats.kpi.calls.parts import Part, finished
from callstats.kpi.calls.summary import Question, Settings, counted, definitions_as_json
from callstats.kpi.calls.tallies import GAPS, Tally, Waits
from callstats.kpi.calls.thresholds import Thresholds, limit, plain, read_thresholds
from callstats.kpi.exports.advice import read_log
from callstats.scale.plans import Plan, key_series, named_part, pandas_like, part_frame, plain_key
from callstats.scale.states import Layout, State, codes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callstats._tables.periods import Freq
    from callstats.kpi.calls.opening import Hours

_COUNTS = (*OUTCOMES, "short_abandoned", "transferred")
_AT_THRESHOLD = ("answered_within", "abandoned_within", "wait_beyond")
#: What a log of calls is read from.
_COLUMNS = (
    "call_id", "direction", "queue", "arrival", "answer", "end", "wait", "outcome", "talk", "hold",
    "acw", "transferred",
)  # fmt: skip
_TEXTS = ("outcome", "direction", "queue", "transferred")


@dataclass(frozen=True)
class Summary(Plan):
    """The plan of :func:`callstats.kpi.summarize` over parts; arguments as there.

    Parameters
    ----------
    by, freq, threshold, definition, short_abandon, timezone, attribute_to, quantile, bins, hours,
    on_error
        As `summarize` takes them.
    quantiles : {"exact", "bins", None}
        Where the wait quantiles of all parts come from. "exact": from how often every wait occurs;
        the state grows with the number of different waits. "bins": the upper edge of the bin that
        holds them, at most the longest wait, so at most a bin's width too high. None: they are NaN.

    Raises
    ------
    ValueError, TypeError
        As `summarize`, when the plan is made.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import kpi, scale
    >>> calls = pd.DataFrame({
    ...     "queue": ["sales", "sales", "help"],
    ...     "wait": [12.001, 31.0, 4.0],
    ...     "outcome": ["answered", "abandoned", "answered"],
    ... })
    >>> plan = scale.Summary(by="queue")
    >>> states = [plan.partial(calls[:1]), plan.partial(calls[1:])]
    >>> plan.finish(plan.merge(states)).equals(kpi.summarize(calls, by="queue"))
    True
    """

    by: Any = ()
    freq: Any = None
    threshold: Any = 20
    definition: Any = None
    short_abandon: Any = 5
    timezone: Any = None
    attribute_to: Literal["arrival", "answer", "end", "pro rata"] = "arrival"
    quantile: Literal["cdf", "linear"] = "cdf"
    bins: Any = ()
    hours: Any = None
    on_error: Literal["raise", "drop", "flag"] = "raise"
    quantiles: Literal["exact", "bins"] | None = "exact"

    def __post_init__(self) -> None:
        one_of("quantiles", self.quantiles, ("exact", "bins", None))
        one_of("on_error", self.on_error, ("raise", "drop", "flag"))
        object.__setattr__(self, "by", tuple(column_names("by", self.by)))
        question = self._question()
        if self.quantiles == "bins" and not question.edges:
            msg = "quantiles='bins' needs bins, such as bins=range(5, 300, 5)"
            raise ValueError(msg)
        periods.zone_named(self.timezone)
        self._spacing()
        if isinstance(self.threshold, list | range | np.ndarray):
            object.__setattr__(self, "threshold", tuple(self.threshold))
        if isinstance(self.bins, list | range | np.ndarray):
            object.__setattr__(self, "bins", tuple(self.bins))
        if isinstance(self.definition, list):
            object.__setattr__(self, "definition", tuple(self.definition))
        if not isinstance(self.threshold, str):
            self._thresholds(None)
        hours_of(self.hours, None)

    def _question(self) -> Question:
        return Question.of(
            definition=self.definition,
            short_abandon=self.short_abandon,
            attribute_to=self.attribute_to,
            quantile=self.quantile,
            bins=self.bins,
        )

    def _spacing(self) -> Freq | None:
        return None if self.freq is None else periods.parse_freq(self.freq)

    def _settings(self, thresholds: Thresholds, opening: Hours | None) -> Settings:
        return Settings(self._question(), self._spacing(), thresholds, opening)

    def _thresholds(self, as_read: Any) -> Thresholds:
        """Those of a result; `as_read` is what logs made of a text, a column or a duration."""
        if isinstance(as_read, dict) or hasattr(self.threshold, "items"):
            return Thresholds([np.nan], None, as_read)
        several = isinstance(self.threshold, tuple | set)
        given = list(self.threshold) if several else [self.threshold]
        found = [limit("threshold", each) for each in given]
        return Thresholds(found, None, [plain(each) for each in found])

    def _own_threshold(self) -> bool:
        """Whether a text is the name of a column, as far as the plan can know."""
        if not isinstance(self.threshold, str):
            return False
        try:
            limit("threshold", self.threshold)
        except ValueError:
            return True
        return False

    def settings(self) -> dict[str, Any]:
        """What the plan rests on, as JSON can hold it."""
        spacing = self._spacing()
        question = self._question()
        threshold: Any = self.threshold
        if hasattr(threshold, "items"):
            threshold = {
                str(queue): plain(limit("threshold", value)) for queue, value in threshold.items()
            }
        elif not isinstance(threshold, str):
            threshold = self._thresholds(None).about
        hours = hours_of(self.hours, None)
        return {
            "plan": "Summary",
            "by": list(self.by),
            "freq": None if spacing is None else spacing.label,
            "threshold": threshold,
            "definition": definitions_as_json(question.definitions),
            "short_abandon": plain(question.short),
            "timezone": periods.zone_named(self.timezone).name,
            "attribute_to": self.attribute_to,
            "quantile": self.quantile,
            "bins": question.edges,
            "hours": None if hours is None else hours.about,
            "on_error": self.on_error,
            "quantiles": self.quantiles,
        }

    def columns(self) -> tuple[str, ...]:
        """The columns of the log that it reads, as far as the log has them."""
        own = (self.threshold,) if isinstance(self.threshold, str) else ()
        return (*dict.fromkeys([*self.by, *_COLUMNS, *own]),)

    def texts(self) -> tuple[str, ...]:
        """Those of its columns that may be read as categories."""
        return (*dict.fromkeys([*self.by, *_TEXTS]),)

    def _ends(self) -> list[str]:
        if self._own_threshold() or hasattr(self.threshold, "items"):
            return [""]
        seconds = self._thresholds(None).seconds
        return [figures.ending(seconds, place) for place in range(len(seconds))]

    def layouts(self) -> dict[str, Layout]:
        """The columns of the tables of its states."""
        question = self._question()
        start = () if self._spacing() is None else ("start",)
        keys = (*self.by, *start)
        ends = self._ends()
        counts = [*_COUNTS, *(f"{name}{end}" for end in ends for name in _AT_THRESHOLD)]
        words = [*figures.SUMS, *(f"wait_beyond_sum{end}" for end in ends)]
        if self.attribute_to == "pro rata" and self._spacing() is not None:
            words.append("handled_timed")
        else:
            counts.append("handled_timed")
        counts += figures.bin_names(question.edges)
        counts += ["closed"] if self.hours is not None else []
        counts += ["flagged"] if self.on_error == "flag" else []
        found = {
            "cells": Layout(keys, tuple(counts), ("wait_max",), start, tuple(words)),
            "gaps": Layout(keys, GAPS, (), start),
        }
        if self.quantiles == "exact":
            found["waits"] = Layout((*keys, "wait"), ("count",), (), start, whole=("wait",))
        return found

    def partial(self, frame: Any, *, where: str | None = None) -> State:
        """The state of some of the calls.

        Parameters
        ----------
        frame : DataFrame or anything with Arrow's stream interface
            Some of the calls, as `summarize` reads them. Each call is in one part.
        where : str, optional
            The name of the part, which errors begin with.

        Raises
        ------
        ValueError
            As `summarize`; positions are those in the part.
        """
        part = part_frame(frame, self.columns(), self.texts())
        with named_part(where):
            log = read_log(part, "calls", on_error=self.on_error, timezone=self.timezone)
            if not log.rows and not all(log.has(name) for name in ("wait", "outcome", *self.by)):
                return self.idle()
            settings = self._settings(
                read_thresholds(self.threshold, log), read_hours(self.hours, log)
            )
            found = counted(
                log, list(self.by), settings, apart=True, waits=self.quantiles == "exact"
            )
        return self._state(self._tables(found), self._log(found, settings))

    def _log(self, part: Part, settings: Settings) -> dict[str, Any]:
        reach = None if part.reach[0] == MISSING else list(part.reach)
        return {
            **part.log,
            "zone": part.zone.name,
            "thresholds": settings.thresholds.about,
            "transferred": "transferred" in part.tally.counts,
            "unrecorded": dict(part.unrecorded),
            **({} if reach is None else {"reach": reach}),
        }

    def _tables(self, part: Part) -> dict[str, pd.DataFrame]:
        keys: dict[str, Any] = {name: plain_key(series) for name, series in part.keys.items()}
        if part.starts is not None:
            keys["start"] = part.starts
        layouts, count = self.layouts(), part.size
        tally = part.tally
        cells = {**keys}
        for name in layouts["cells"].added:
            cells[name] = tally.counts.get(name, np.zeros(count, np.int64))
        for name in layouts["cells"].words:
            cells[f"{name}_hi"], cells[f"{name}_lo"] = tally.words[name]
        cells["wait_max"] = tally.quantiles["wait_max"]
        found = {"cells": pd.DataFrame(cells), "gaps": layouts["gaps"].empty()}
        if tally.gaps:
            gaps = pd.DataFrame({**keys, **tally.gaps})
            found["gaps"] = gaps[(gaps[list(GAPS)] > 0).any(axis=1)].reset_index(drop=True)
        if part.waits is not None:
            at = pd.DataFrame(keys, index=range(count)).take(part.waits.group)
            waits = at.reset_index(drop=True)
            waits["wait"] = part.waits.wait.view(np.int64)
            waits["count"] = part.waits.count
            found["waits"] = waits
        # A part without rows has a cell nevertheless where there are no keys.
        return {name: layouts[name].carried(table) for name, table in found.items()}

    def finish(self, state: State) -> pd.DataFrame:
        """What `summarize` gives of all calls of a state, to the last bit; a pandas frame.

        Parameters
        ----------
        state : State
            As `partial` or `merge` made it, or merged by an engine's own SUM and MAX.

        Raises
        ------
        ValueError
            A state of another plan: the first setting that differs is named.
        """
        self.check(state)
        log = state.about["log"]
        layouts, tables = self.layouts(), state.frames()
        tables = {name: layouts[name].merged([table]) for name, table in tables.items()}
        settings = self._settings(
            self._thresholds(log.get("thresholds")), hours_of(self.hours, None)
        )
        part = self._part(tables, log)
        queue = part.keys.get("queue")
        if self.hours is not None and hasattr(self.hours, "items") and queue is not None:
            own = hours_of(self.hours, queue)
            assert own is not None  # noqa: S101 - there are hours
            settings = self._settings(settings.thresholds, own)
            part = replace(part, schedule=own.own)
        like = pandas_like()
        found: pd.DataFrame = finished(part, settings, like)
        return found

    def _part(self, tables: Mapping[str, pd.DataFrame], log: Mapping[str, Any]) -> Part:
        """The merged tables as the part that they stand for."""
        layouts = self.layouts()
        keys = layouts["cells"].keys
        cells = tables["cells"]
        others = [tables[name] for name in ("gaps", "waits") if name in tables]
        codes, _, _ = codes_of(layouts["cells"], [cells, *others], keys)
        count = len(cells)
        if not keys and not count:
            count = 1
            cells = pd.DataFrame(0, index=[0], columns=list(cells.columns)).assign(wait_max=np.nan)
        elif (codes[:count] != np.arange(count)).any() or (codes[count:] >= count).any():
            msg = "the state is damaged: waits or gaps of groups that have no cells"
            raise ValueError(msg)
        codes = codes[len(tables["cells"]) :]
        gaps = tables["gaps"]
        found: dict[str, Any] = {}
        if len(gaps):
            at = codes[: len(gaps)]
            found = {name: np.zeros(count, np.int64) for name in GAPS}
            for name in GAPS:
                np.add.at(found[name], at, gaps[name].to_numpy())
        waits = None
        if "waits" in tables:
            given = tables["waits"]
            seconds = np.ascontiguousarray(given["wait"].to_numpy()).view(np.float64)
            waits = Waits(codes[len(gaps) :], seconds, given["count"].to_numpy())
            waits = waits.regrouped(np.arange(count, dtype=np.int32), count)
        zone = periods.zone_named(log.get("zone") or self.timezone)
        return Part(
            keys={name: key_series(cells[name]) for name in self.by},
            starts=cells["start"].to_numpy() if "start" in keys else None,
            tally=self._tally(cells, found, transferred=log.get("transferred", False)),
            schedule=None,
            waits=waits,
            zone=zone,
            reach=tuple(log["reach"]) if "reach" in log else (MISSING, MISSING),
            unrecorded=log.get("unrecorded", {}),
            log={name: log[name] for name in ("rows", "on_error", "left_out", "problems")},
        )

    def _tally(self, cells: pd.DataFrame, gaps: Any, *, transferred: bool) -> Tally:
        layout = self.layouts()["cells"]
        counts = {name: cells[name].to_numpy() for name in layout.added}
        if not transferred:
            del counts["transferred"]
        counts["offered"] = np.stack([counts[name] for name in OUTCOMES]).sum(
            axis=0, dtype=np.int64
        )
        words = {
            name: (
                np.ascontiguousarray(cells[f"{name}_hi"].to_numpy()),
                np.ascontiguousarray(cells[f"{name}_lo"].to_numpy()),
            )
            for name in layout.words
        }
        seconds = {name: _core.kpi_seconds_of_words(*pair) for name, pair in words.items()}
        longest = cells["wait_max"].to_numpy()
        edges = self._question().edges
        quantiles = {}
        for name, probability in figures.QUANTILES.items():
            if self.quantiles == "bins":
                quantiles[name] = from_bins(probability, counts, edges, longest)
            else:
                quantiles[name] = np.full(longest.size, np.nan)
        quantiles["wait_max"] = longest
        return Tally(counts, seconds, quantiles, gaps, words)

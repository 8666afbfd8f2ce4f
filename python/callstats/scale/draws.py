"""Samples of recordings that lie in parts, on any machine: the draw of one pass, to the row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats._tables import categories
from callstats._tables.checks import MOST_NUMBERS, column_names, listed
from callstats._tables.columns import to_pandas
from callstats._tables.frames import kept, read, stacked, taken
from callstats.qa.samples import partial as drawing
from callstats.qa.samples.drawn_rows import ADDED, with_columns
from callstats.qa.samples.partial import PartialSample, merge_samples, part_of, population_of
from callstats.qa.samples.plan import USUAL_COLUMNS
from callstats.qa.samples.plan import Plan as SamplePlan
from callstats.qa.samples.quotas import Request
from callstats.qa.samples.recorded import recorded
from callstats.scale.plans import Plan, Task, as_json, named_part, plain_key, whole_frame
from callstats.scale.states import Layout, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


_WORD = 1 << 64


@dataclass(frozen=True)
class Sample(Plan):
    """The plan of :func:`callstats.qa.sample` over parts; arguments as there.

    A state carries the rows that can still be drawn, with all their columns. ``how="two-pass"``
    counts first; then it carries only the columns that decide, of hardly more rows than the draw is
    made from, and fetches the drawn rows at last. For many parts, and agents with many recordings.

    Parameters
    ----------
    n, by, id, balance, design, exclude, at_most, at_least, reserve, timezone, minimum, seed
        As `sample` takes them.
    eligible, inclusion : str, optional
        Columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa, scale
    >>> calls = pd.DataFrame({"call_id": range(100), "agent": ["anna", "ben"] * 50})
    >>> plan = scale.Sample(5, seed=7)
    >>> parts = [calls[:30], calls[30:]]
    >>> scale.run(plan, parts, how="two-pass").equals(qa.sample(calls, 5, seed=7))
    True
    """

    n: Any
    by: Any = "agent"
    id: str = "call_id"
    balance: Any = None
    design: str = "balanced"
    eligible: str | None = None
    exclude: Any = None
    at_most: Any = None
    at_least: Any = None
    inclusion: str | None = None
    reserve: int = 0
    timezone: str | None = None
    minimum: int = 0
    seed: int = field(kw_only=True)

    adds = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", tuple(column_names("by", self.by)))
        for name in ("eligible", "inclusion"):
            if not isinstance(getattr(self, name), str | None):
                msg = (
                    f"{name} must be the name of a column; got {type(getattr(self, name)).__name__}"
                )
                raise TypeError(msg)
        if self.exclude is not None:
            ids = listed(
                "exclude", self.exclude, "ids, in a list, set, array or Series", MOST_NUMBERS
            )
            object.__setattr__(self, "exclude", tuple(ids))
        if hasattr(self.n, "to_dict"):
            object.__setattr__(self, "n", self.n.to_dict())
        if isinstance(self.balance, list):
            object.__setattr__(self, "balance", tuple(self.balance))
        self.asked().check_choices()

    def asked(self) -> SamplePlan:
        """The plan as `sample` has it."""
        names = ("n", "id", "balance", "design", "at_most", "at_least", "inclusion", "reserve",
                 "timezone", "minimum", "seed")  # fmt: skip
        given = {name: getattr(self, name) for name in names}
        return SamplePlan.of(by=self.by, eligible=self.eligible, **given)

    def settings(self) -> dict[str, Any]:
        """What the plan rests on, as JSON can hold it."""
        excluded = None
        if self.exclude is not None:
            texts = sorted({categories.text(each) for each in self.exclude})
            digest = hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass"))
            excluded = f"{len(texts)} ids with the digest {digest.hexdigest()[:16]}"
        asked = {name: as_json(value) for name, value in vars(self.asked()).items()}
        return {"plan": "Sample", **asked, "exclude": excluded}

    def layouts(self) -> dict[str, Layout]:
        """The columns of the tables of its states that merge by SUM: how many each group has."""
        return {"sizes": Layout(self.by, ("recordings",))}

    def columns(self) -> None:
        """All columns of the recordings come with the sample."""

    def deciding(self) -> tuple[str, ...]:
        """The columns that decide the draw, as far as the recordings have them."""
        balance = USUAL_COLUMNS if self.balance is None else column_names("balance", self.balance)
        if hasattr(self.balance, "keys"):
            balance = list(self.balance)
        bounds = [*(self.at_most or ()), *(self.at_least or ())]
        own = [each for each in (self.eligible, self.inclusion, self.n) if isinstance(each, str)]
        of_logs = ("outcome", "wait", "agent", "talk")
        return (*dict.fromkeys([*self.by, self.id, *balance, *bounds, *own, *of_logs]),)

    def texts(self) -> tuple[str, ...]:
        """None are read as categories: they come back with the sample."""
        return ()

    def partial(self, frame: Any, *, where: str | None = None) -> State:
        """The state of some of the recordings; `where` is the name of the part, for errors."""
        with named_part(where):
            return self._of(self._part(whole_frame(frame)))

    def _part(self, frame: Any, whole: Any = None, spared: Any = ()) -> PartialSample:
        asked = self.asked()
        population = population_of(frame, asked, self.eligible, self.exclude, None)
        return part_of(population, asked, None, whole, spared)

    def _of(self, part: PartialSample) -> State:
        """A partial sample as a state."""
        columns = (
            dict(zip(self.by, zip(*part.sizes, strict=True), strict=True)) if part.sizes else {}
        )
        sizes = self.layouts()["sizes"].empty()
        if columns:
            sizes = pd.DataFrame({name: _keys(list(values)) for name, values in columns.items()})
            sizes["recordings"] = np.fromiter(part.sizes.values(), np.int64, len(part.sizes))
        log = {"counts": [int(count) for count in part.counts], "digest": list(part.digest)}
        return self._state({"sizes": sizes, "candidates": part.rows}, log)

    def _sample(self, state: State) -> PartialSample:
        """The partial sample that a state is."""
        self.check(state)
        log, sizes = state.about["log"], state.frames()["sizes"]
        keys = list(zip(*(sizes[name].tolist() for name in self.by), strict=True))
        first, second, third = log["counts"]
        return PartialSample(
            self.asked(),
            state.rows("candidates"),
            dict(zip(keys, sizes["recordings"].tolist(), strict=True)),
            (first, second, third),
            (log["digest"][0], log["digest"][1]),
        )

    def merge(self, states: Iterable[State]) -> State:
        """One state of several, in any order and grouping; rows out of reach are let go."""
        return self._of(drawing.thinned((self._sample(state) for state in states), None))

    def finish(self, state: State) -> Any:
        """What `sample` draws from all recordings of a state; a frame of their kind."""
        return merge_samples([self._sample(state)])

    def over(self, ask: Callable[[Task], Iterator[Any]], how: str | None) -> Any:
        """The sample of parts that lie anywhere; `ask` gives what a task makes of each."""
        if how != "two-pass":
            return merge_samples(ask(_Candidates(self)))
        sizes: dict[tuple[Any, ...], int] = {}
        for part in ask(_Sizes(self)):
            for key, count in part.items():
                sizes[key] = sizes.get(key, 0) + count
        spared: frozenset[tuple[Any, ...]] = frozenset()
        while True:
            merged = drawing.thinned(ask(_Candidates(self, sizes, spared)), None)
            short = self._short(merged) - spared
            if not short:
                break
            # Once in 10^10 groups the limit was too low: all rows of those are looked at.
            spared |= short
        drawn = merge_samples([merged])
        return self._fetched(drawn, ask(_Rows(self, tuple(_ids(drawn, self.id)))))

    def _short(self, merged: PartialSample) -> frozenset[tuple[Any, ...]]:
        """Groups of which fewer rows were kept than the draw is made from."""
        frame = read(merged.rows, "parts")
        population = drawing.stands_for(merged, frame, None)
        request = Request.of(merged.plan, population, of_part=True)
        wanted = drawing.kept_rows(merged.plan, population, request)
        if wanted is None:
            return frozenset()
        groups = population.groups
        sizes = [merged.sizes[value] for value in groups.values]  # noqa: PD011 - no Series
        few = groups.counts() < np.minimum(wanted, sizes)
        return frozenset(groups.values[at] for at in np.flatnonzero(few))  # noqa: PD011 - no Series

    def _fetched(self, drawn: Any, parts: Iterator[Any]) -> Any:
        """The drawn rows with all columns of the recordings."""
        found = [part for part in parts if len(part)]
        if not found:
            return drawn
        rows = read(stacked(found), "parts")
        place = {text: at for at, text in enumerate(_ids(rows, self.id))}
        order = np.array([place[text] for text in _ids(drawn, self.id)], dtype=np.int64)
        narrow = read(drawn, "sample")
        added: dict[str, Any] = {name: narrow[name].to_list() for name in ADDED}
        added |= {
            name: narrow[name].to_numpy()
            for name in ("inclusion_probability", "weight", "draw", "reserve")
        }
        return with_columns(taken(rows, order), added, like=drawn)


def _keys(values: list[Any]) -> Any:
    """A key of a table of sizes, in the type of its values."""
    import narwhals as nw

    series = pd.Series(values)
    return plain_key(nw.from_native(series, series_only=True))


def _ids(frame: Any, name: str) -> list[str]:
    return categories.texts(to_pandas(read(frame, "parts")[name]))


@dataclass(frozen=True)
class _Sizes(Task):
    """How many recordings that may be drawn each group has."""

    plan: Sample

    def columns(self) -> tuple[str, ...]:
        return self.plan.deciding()

    def __call__(self, parts: Iterable[tuple[str | None, Any]]) -> dict[tuple[Any, ...], int]:
        plan = self.plan
        sizes: dict[tuple[Any, ...], int] = {}
        asked = plan.asked()
        for where, part in parts:
            with named_part(where):
                frame = whole_frame(part, self.columns())
                population = population_of(frame, asked, plan.eligible, plan.exclude, None)
            counts = population.eligible_sizes().tolist()
            for key, count in zip(population.groups.values, counts, strict=True):
                sizes[key] = sizes.get(key, 0) + count
        return sizes


@dataclass(frozen=True)
class _Candidates(Task):
    """The rows that can still be drawn; of parts whose sizes are known, hardly more than needed."""

    plan: Sample
    sizes: Mapping[tuple[Any, ...], int] | None = None
    spared: frozenset[tuple[Any, ...]] = frozenset()

    def columns(self) -> tuple[str, ...] | None:
        return None if self.sizes is None else self.plan.deciding()

    def __call__(self, parts: Iterable[tuple[str | None, Any]]) -> PartialSample:
        return drawing.thinned(self._each(parts), None)

    def _each(self, parts: Iterable[tuple[str | None, Any]]) -> Iterator[PartialSample]:
        for where, part in parts:
            with named_part(where):
                frame = whole_frame(part, self.columns())
                yield self.plan._part(frame, self.sizes, self.spared)  # noqa: SLF001 - one module


@dataclass(frozen=True)
class _Rows(Task):
    """The rows of such ids, with all their columns."""

    plan: Sample
    ids: tuple[str, ...]

    def columns(self) -> None:
        return None

    def __call__(self, parts: Iterable[tuple[str | None, Any]]) -> Any:
        wanted = categories.hash_texts(self.ids)
        found = []
        for _, part in parts:
            frame = read(whole_frame(part), "recordings")
            possible = None if self.plan.eligible is not None else recorded(frame)
            if possible is not None:
                frame = kept(frame, possible)
            ids = categories.identities(to_pandas(frame[self.plan.id]))
            rows = np.flatnonzero(np.isin(categories.hashes(ids), wanted))
            found.append(taken(frame, rows))
        return stacked([each for each in found if len(each)] or found[:1])

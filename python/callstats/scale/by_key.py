"""Questions whose answer hangs on all rows of a key: engines bring those together first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from callstats import kpi
from callstats._tables import groups
from callstats._tables.checks import column_names, one_of
from callstats._tables.frames import read
from callstats.kpi.calls.resolution import figures_of
from callstats.scale.plans import (
    Plan,
    Task,
    as_json,
    key_series,
    merged_problems,
    named_part,
    plain_key,
    whole_frame,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from callstats.scale.states import Layout, State


_PRODUCTIVE = ("available", "ring", "talk", "hold", "acw", "training")


@dataclass(frozen=True)
class _ByKey(Plan):
    """Plans whose states are the rows themselves, as far as the question reads them.

    An engine brings all rows of a key to one place, where the ordinary function answers; the
    answers are put together.
    """

    adds = False

    def key(self) -> tuple[str, ...]:
        """The columns whose equal rows must meet."""
        raise NotImplementedError

    def answer(self, rows: Any) -> Any:
        """What the ordinary function gives of such rows."""
        raise NotImplementedError

    def together(self, answers: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """The answers of all keys as one: here their rows, in order."""
        whole = pd.concat([each for each in answers if len(each)] or answers[:1])
        keys = [name for name in (*self.order(), "start") if name in whole.columns]
        # A text key is of pandas' own type, whatever the engine holds texts as.
        texts = {name: plain_key(key_series(whole[name])) for name in self.order()
                 if isinstance(whole[name].dtype, pd.StringDtype)}  # fmt: skip
        whole = whole.reset_index(drop=True).assign(**texts)
        columns = [groups.coded(key_series(whole[name])) for name in keys]
        order = np.arange(len(whole))
        if columns:
            order = np.argsort(groups.group_rows(columns, len(whole)).codes, kind="stable")
        found = whole.iloc[order].reset_index(drop=True)
        found.attrs = {"callstats": _told([each.attrs["callstats"] for each in answers])}
        return found

    def order(self) -> tuple[str, ...]:
        """The columns that the answer is sorted by, before `start`."""
        return self.key()

    def layouts(self) -> dict[str, Layout]:
        """No table of theirs merges by SUM."""
        return {}

    def texts(self) -> tuple[str, ...]:
        """None are read as categories: what is carried keeps its type."""
        return ()

    def settings(self) -> dict[str, Any]:
        """What the plan rests on, as JSON can hold it."""
        own = {name: as_json(getattr(self, name)) for name in self._fields()}
        return {"plan": type(self).__name__, **own}

    def partial(self, frame: Any, *, where: str | None = None) -> State:
        """The state of some of the rows: the rows, as far as the question reads them."""
        with named_part(where):
            rows = read(whole_frame(frame, self.columns()), "frame").to_native()
        return self._state({"rows": rows}, {})

    def merge(self, states: Iterable[State]) -> State:
        """One state of several: their rows."""
        given = list(states)
        for state in given:
            self.check(state)
        if not given:
            msg = "states must hold at least one state; got none"
            raise ValueError(msg)
        return self._state({"rows": _stacked([state.rows("rows") for state in given])}, {})

    def finish(self, state: State) -> Any:
        """What the ordinary function gives of all rows of a state."""
        self.check(state)
        return self.answer(state.rows("rows"))

    def local(self, parts: Any, how: str | None) -> Any:
        """The answer of parts on this machine: of the columns that it reads, all rows are held."""
        self.one_pass(how)
        return self.finish(self.merge(self.partial(part, where=w) for w, part in parts(self)))

    def over(self, ask: Callable[[Task], Iterator[Any]], how: str | None) -> Any:
        """The answer of rows that an engine brought together by key."""
        self.one_pass(how)
        answers = list(ask(_Answer(self, self.key())))
        return self.together(answers) if answers else self.answer(pd.DataFrame())


def _stacked(frames: Sequence[Any]) -> Any:
    filled = [frame for frame in frames if len(frame)] or list(frames[:1])
    if len(filled) == 1:
        return filled[0]
    if isinstance(filled[0], pd.DataFrame):
        return pd.concat(filled)
    import polars as pl

    return pl.concat(filled, how="vertical_relaxed")


def _told(about: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What answers of parts say of themselves, together; a second log of theirs likewise."""
    counts = {name: sum(each[name] for each in about) for name in ("rows", "left_out")}
    others = {
        name: _told([each[name] for each in about])
        for name, value in about[0].items()
        if isinstance(value, dict) and "left_out" in value
    }
    problems = merged_problems([problem for each in about for problem in each["problems"]])
    return {**about[0], **counts, **others, "problems": problems}


@dataclass(frozen=True)
class _Answer(Task):
    """The ordinary function over all rows of some keys."""

    plan: _ByKey
    key: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...] | None:
        return self.plan.columns()

    def __call__(self, parts: Iterable[tuple[str | None, Any]]) -> Any:
        # A row's place in the rows of its key says nothing to the caller: parts are not named.
        return self.plan.answer(_stacked([whole_frame(part) for _, part in parts]))


@dataclass(frozen=True)
class States(_ByKey):
    """The plan of :func:`callstats.kpi.states`; arguments as there. Spells of an agent must meet.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import kpi, scale
    >>> spells = pd.DataFrame({
    ...     "agent": ["ann", "ann"],
    ...     "start": pd.to_datetime(["2024-03-05 08:50", "2024-03-05 09:10"]),
    ...     "end": pd.to_datetime(["2024-03-05 09:10", "2024-03-05 09:25"]),
    ...     "state": ["available", "talk"],
    ... })
    >>> parts = iter([spells[:1], spells[1:]])
    >>> found = scale.run(scale.States(freq="30min"), parts)
    >>> found.equals(kpi.states(spells, freq="30min"))
    True
    """

    freq: Any = field(kw_only=True)
    by: Any = field(default="agent", kw_only=True)
    timezone: Any = field(default=None, kw_only=True)
    ring: Literal["excluded", "busy", "idle"] = field(default="excluded", kw_only=True)
    productive: Any = field(default=_PRODUCTIVE, kw_only=True)
    on_error: Literal["raise", "drop", "flag"] = field(default="raise", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", tuple(column_names("by", self.by)))
        object.__setattr__(self, "productive", tuple(column_names("productive", self.productive)))
        one_of("on_error", self.on_error, ("raise", "drop", "flag"))

    def key(self) -> tuple[str, ...]:
        """The columns whose equal rows must meet."""
        return tuple(self.by)

    def columns(self) -> tuple[str, ...]:
        """The columns of the log that it reads, as far as the log has them."""
        return (*dict.fromkeys([*self.by, "start", "end", "state"]),)

    def answer(self, rows: Any) -> Any:
        """What `states` gives of such rows."""
        return kpi.states(
            rows,
            freq=self.freq,
            by=self.by,
            timezone=self.timezone,
            ring=self.ring,
            productive=self.productive,
            on_error=self.on_error,
        )


@dataclass(frozen=True)
class Adherence(_ByKey):
    """The plan of :func:`callstats.kpi.adherence`; arguments as there.

    Spells of an agent must meet. The schedule is part of the plan and goes to all workers.
    """

    schedule: Any
    freq: Any = field(default=None, kw_only=True)
    activities: Any = field(default=None, kw_only=True)
    tolerance: Any = field(default=0, kw_only=True)
    agent: str = field(default="agent", kw_only=True)
    timezone: Any = field(default=None, kw_only=True)
    on_error: Literal["raise", "drop", "flag"] = field(default="raise", kw_only=True)

    def __post_init__(self) -> None:
        one_of("on_error", self.on_error, ("raise", "drop", "flag"))
        if not isinstance(self.schedule, _Held):
            schedule = read(self.schedule, "schedule")
            object.__setattr__(self, "schedule", _Held(schedule.to_native()))

    def key(self) -> tuple[str, ...]:
        """The column whose equal rows must meet."""
        return (self.agent,)

    def columns(self) -> tuple[str, ...]:
        """The columns of the log that it reads, as far as the log has them."""
        return (self.agent, "start", "end", "state")

    def answer(self, rows: Any) -> Any:
        """What `adherence` gives of such rows and the whole schedule."""
        return self._of(rows, self.schedule.frame)

    def _of(self, rows: Any, schedule: Any) -> Any:
        return kpi.adherence(
            rows,
            schedule,
            freq=self.freq,
            activities=self.activities,
            tolerance=self.tolerance,
            agent=self.agent,
            timezone=self.timezone,
            on_error=self.on_error,
        )

    def over(self, ask: Callable[[Task], Iterator[Any]], how: str | None) -> Any:
        """The answer of spells that an engine brought together by agent.

        Agents without spells are in the schedule alone, which is here.
        """
        self.one_pass(how)
        found = list(ask(_Adhered(self, self.key())))
        schedule = whole_frame(self.schedule.frame)
        schedule = read(schedule, "schedule").to_pandas()
        seen = {agent for agents, _ in found for agent in agents}
        rest = schedule[[_name(agent) not in seen for agent in schedule[self.agent]]]
        answers = [answer for _, answer in found]
        if len(rest) or not answers:
            answers.append(self._of(_no_spells(self.agent, rest), rest))
        return self.together(answers)


@dataclass(frozen=True)
class FirstContactResolution(_ByKey):
    """The plan of :func:`callstats.kpi.first_contact_resolution`; arguments as there.

    Contacts of a customer must meet. An engine cannot know when the log ends before all is read:
    there `until` must be given, and rows must be contacts (``contact=None``), as legs of one
    contact may be under several customers.
    """

    window: Any = field(default="7d", kw_only=True)
    by: Any = field(default=(), kw_only=True)
    customer: str = field(default="customer", kw_only=True)
    time: str = field(default="arrival", kw_only=True)
    contact: str | None = field(default="contact_id", kw_only=True)
    same: Any = field(default=(), kw_only=True)
    judged: Literal["all", "answered"] = field(default="all", kw_only=True)
    repeats: Literal["all", "answered"] = field(default="all", kw_only=True)
    until: Any = field(default=None, kw_only=True)
    timezone: Any = field(default=None, kw_only=True)
    confidence: float = field(default=0.95, kw_only=True)
    on_error: Literal["raise", "drop", "flag"] = field(default="raise", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", tuple(column_names("by", self.by)))
        object.__setattr__(self, "same", tuple(column_names("same", self.same)))
        one_of("on_error", self.on_error, ("raise", "drop", "flag"))

    def key(self) -> tuple[str, ...]:
        """The column whose equal rows must meet."""
        return (self.customer,)

    def columns(self) -> tuple[str, ...]:
        """The columns of the log that it reads, as far as the log has them."""
        own = [] if self.contact is None else [self.contact]
        named = [*self.by, self.customer, self.time, *own, *self.same, "outcome", "direction"]
        return (*dict.fromkeys(named),)

    def answer(self, rows: Any) -> Any:
        """What `first_contact_resolution` gives of such rows."""
        given = {name: getattr(self, name) for name in self._fields()}
        return kpi.first_contact_resolution(rows, **given)

    def over(self, ask: Callable[[Task], Iterator[Any]], how: str | None) -> Any:
        """The answer of contacts that an engine brought together by customer."""
        for name, value, wanted in (
            ("until", self.until is None, "say when the log ends"),
            ("contact", self.contact is not None, "be None"),
        ):
            if value:
                msg = f"{name} must {wanted} for rows that an engine brings together by customer"
                raise ValueError(msg)
        return super().over(ask, how)

    def together(self, answers: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """Counts of all customers added up, and divided."""
        whole = pd.concat([each for each in answers if len(each)] or answers[:1], ignore_index=True)
        return _added(self, whole, answers, lambda counts: figures_of(counts, self.confidence))


@dataclass(frozen=True)
class Productivity(_ByKey):
    """The plan of :func:`callstats.kpi.productivity`; arguments as there; groups' rows meet."""

    by: Any = field(default=(), kw_only=True)
    volume: str = field(default="volume", kw_only=True)
    heads: str = field(default="heads", kw_only=True)
    managers: str | None = field(default=None, kw_only=True)
    self_service: str | None = field(default=None, kw_only=True)
    on_error: Literal["raise", "drop", "flag"] = field(default="raise", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", tuple(column_names("by", self.by)))
        one_of("on_error", self.on_error, ("raise", "drop", "flag"))

    def key(self) -> tuple[str, ...]:
        """The columns whose equal rows must meet."""
        return tuple(self.by)

    def columns(self) -> tuple[str, ...]:
        """The columns of the log that it reads, as far as the log has them."""
        own = [self.volume, self.heads, self.managers, self.self_service]
        return (*dict.fromkeys([*self.by, *(name for name in own if name is not None)]),)

    def answer(self, rows: Any) -> Any:
        """What `productivity` gives of such rows."""
        given = {name: getattr(self, name) for name in self._fields()}
        return kpi.productivity(rows, **given)


def _added(
    plan: FirstContactResolution,
    whole: pd.DataFrame,
    answers: Sequence[pd.DataFrame],
    figures: Callable[[dict[str, Any]], dict[str, Any]],
) -> pd.DataFrame:
    """Counts of answers added up by group, and what is divided of them."""
    columns = [groups.coded(key_series(whole[name])) for name in plan.by]
    grouped = groups.group_rows(columns, len(whole))
    made = {name: whole[name].iloc[grouped.example].reset_index(drop=True) for name in plan.by}
    names = ("contacts", "no_key", "observable", "followed", "censored", "censored_followed")
    counted = {}
    for name in (*names, *(["flagged"] if "flagged" in whole.columns else [])):
        counted[name] = np.zeros(len(grouped), np.int64)
        np.add.at(counted[name], grouped.codes, whole[name].to_numpy())
    flagged = {name: counted.pop(name) for name in ("flagged",) if name in counted}
    found = pd.DataFrame({**made, **figures(counted), **flagged})[list(whole.columns)]
    found.attrs = {"callstats": _told([each.attrs["callstats"] for each in answers])}
    return found


class _Held:
    """A frame as part of a plan, which compares and pickles."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and bool(self.frame.equals(other.frame))

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        rows = read(self.frame, "schedule").to_pandas()
        digest = hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()
        return f"{len(rows)} rows with the digest {digest[:16]}"


@dataclass(frozen=True)
class _Adhered(Task):
    """The agents of some spells, and their adherence."""

    plan: Adherence
    key: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        return self.plan.columns()

    def __call__(self, parts: Iterable[tuple[str | None, Any]]) -> tuple[set[Any], pd.DataFrame]:
        plan = self.plan
        rows = _stacked([whole_frame(part) for _, part in parts])
        seen = {_name(agent) for agent in rows[plan.agent]}
        schedule = read(plan.schedule.frame, "schedule").to_pandas()
        own = schedule[[_name(agent) in seen for agent in schedule[plan.agent]]]
        return seen, plan._of(rows, own)  # noqa: SLF001 - one module


def _name(agent: Any) -> Any:
    """An agent as a set holds it: missing ones are one."""
    return None if pd.isna(agent) else agent


def _no_spells(agent: str, schedule: pd.DataFrame) -> pd.DataFrame:
    """Spells of nobody, with the types of the schedule."""
    rows = schedule[[agent, "start", "end"]].head(0)
    return rows.assign(state=pd.Series([], dtype="str"))

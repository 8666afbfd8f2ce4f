"""The people of the coming periods: those there are, those who come, those who leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames
from callstats._tables.arrays import numbers
from callstats._tables.checks import must_be, shown, whole
from callstats._tables.table import COUNTABLE, Rule, Table

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame, Numbers

    Floats = NDArray[np.float64]

_MOST_PERIODS = 1200
_MOST_TENURE = 1_000_000
_WHOLE = Rule(
    f"be whole, from 0 to {_MOST_TENURE:,}", lambda v: (v >= 0) & (v <= _MOST_TENURE) & (v % 1 == 0)
)
_SHARE = Rule("be > 0 and finite", lambda v: (v > 0) & (v < np.inf))


def path(
    staff: Frame,
    *,
    attrition: Numbers,
    effectiveness: Numbers,
    periods: int,
    hires: Numbers | None = None,
    need: Numbers | None = None,
) -> Frame:
    """The people of each coming period: how many, and what they can do together.

    Parameters
    ----------
    staff : DataFrame
        Who is there at the start of the first period: ``agents``, how many; ``tenure``, for how
        many periods they have been; optionally ``contract``, what each counts as of a full contract
        (default 1). Pandas, Polars or what narwhals reads. It is not changed.
    attrition : array_like
        Probability to leave at the end of a period, by tenure from 0 on; the last value continues.
        Between 0 and 1. One number: the same whatever the tenure.
    effectiveness : array_like
        What a person does of a full one's work, by tenure from 0 on: 0 in training, then a ramp.
        From the end of the list on 1. >= 0.
    periods : int
        How many, at most 1,200; months as a rule.
    hires : array_like, optional
        People who start at the beginning of each period, with tenure 0; >= 0. None: nobody.
    need : array_like, optional
        Effective people that each period needs; >= 0.

    Returns
    -------
    DataFrame
        One row a period: ``period`` from 0 on, ``heads`` and ``effective`` (expected), ``sd`` of
        ``effective``, ``need`` and ``short_probability``, that ``effective`` is below it.

    Raises
    ------
    MissingColumnError
        ``agents`` or ``tenure`` is missing.
    ValueError
        A value outside its domain, or a list of the wrong length.

    Notes
    -----
    People leave at the end of a period, after its work, each by themselves: survivors of a cohort
    are binomial. The probability of a shortage is exact for whole cohorts of together fewer than
    200 people, where their work has few distinct sums; else normal. Net need comes from
    `callstats.staffing.headcount`.

    Examples
    --------
    >>> import pandas as pd
    >>> staff = pd.DataFrame({"agents": [40, 10], "tenure": [24, 1]})
    >>> path(staff, attrition=[0.08, 0.05, 0.03], effectiveness=[0, 0.5, 0.8],
    ...      periods=4, hires=[8, 0, 0, 0], need=45).round(3)
       period   heads  effective     sd  need  short_probability
    0       0  58.000     45.000  0.000  45.0              0.000
    1       1  55.660     50.080  1.271  45.0              0.001
    2       2  53.843     52.445  1.874  45.0              0.000
    3       3  52.228     52.228  2.274  45.0              0.001
    """
    people = Staff.read(staff, attrition, effectiveness, periods)
    coming = per_period("hires", hires, people.periods)
    wanted = None if need is None else per_period("need", need, people.periods)
    found = people.path(coming, wanted)
    known = np.full(people.periods, np.nan) if wanted is None else wanted
    columns = {
        "heads": found[0],
        "effective": found[1],
        "sd": found[2],
        "need": known,
        "short_probability": found[3],
    }
    made: Frame = frames.result(
        people.frame, {"period": np.arange(people.periods)}, columns, {"function": "hiring.path"}
    )
    return made


@dataclass(frozen=True)
class Staff:
    """Who is there, and how people leave and grow."""

    frame: nw.DataFrame[Any]
    #: People, tenure, first period, contract of each row.
    cohorts: list[tuple[float, int, int, float]]
    attrition: list[float]
    effectiveness: list[float]
    periods: int

    @classmethod
    def read(cls, staff: Any, attrition: Any, effectiveness: Any, periods: Any) -> Staff:
        """The arguments of a path, checked."""
        table = Table(staff, "staff", remedy="")
        table.require("agents", "tenure")
        agents = table.numbers("agents", COUNTABLE)
        tenure = table.numbers("tenure", _WHOLE)
        contract = np.ones(table.rows)
        if table.has("contract"):
            contract = table.numbers("contract", _SHARE)
        table.settle()
        order = np.lexsort((contract, agents, tenure))
        cohorts = [(float(agents[k]), int(tenure[k]), 0, float(contract[k])) for k in order]
        count = whole("periods", periods, 1, _MOST_PERIODS)
        leaving = _by_tenure("attrition", attrition, "between 0 and 1", 1.0)
        work = _by_tenure("effectiveness", effectiveness, ">= 0 and finite", np.inf)
        return cls(table.frame, cohorts, leaving, work, count)

    def path(self, hires: Floats, need: Floats | None = None) -> NDArray[np.float64]:
        """Heads, effective heads, their standard deviation, the chance of a shortage."""
        coming = [(float(h), 0, at, 1.0) for at, h in enumerate(hires.tolist()) if h > 0]
        found = _core.hiring_path(
            self.cohorts + coming,
            self.attrition,
            self.effectiveness,
            [] if need is None else need.tolist(),
            self.periods,
        )
        return np.array(found).T


def _by_tenure(name: str, value: Any, rule: str, most: float) -> list[float]:
    found = np.atleast_1d(np.asarray(numbers(name, value), np.float64))
    if found.ndim != 1 or not found.size or found.size > _MOST_TENURE:
        raise ValueError(f"{name} must be a list of numbers by tenure; got {shown(value)}")
    must_be(name, found, rule, ~((found >= 0) & (found <= most) & np.isfinite(found)))
    listed: list[float] = found.tolist()
    return listed


def per_period(name: str, value: Any, periods: int) -> Floats:
    """One number a period, >= 0; None: 0."""
    if value is None:
        return np.zeros(periods)
    found = np.asarray(numbers(name, value), np.float64)
    if found.ndim > 1 or (found.ndim and found.size != periods):
        msg = f"{name} must be one number, or one for each of {periods} periods; got {shown(value)}"
        raise ValueError(msg)
    must_be(name, found, ">= 0 and finite", ~((found >= 0) & (found < np.inf)))
    return np.array(np.broadcast_to(found, periods))

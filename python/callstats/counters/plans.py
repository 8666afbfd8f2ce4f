"""Open counters slot by slot at the least loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core, day, erlang
from callstats._tables import frames
from callstats._tables.added_columns import names_beside, put_beside
from callstats._tables.arrays import numbers
from callstats._tables.checks import must_be, number, shown, whole
from callstats.errors import InfeasibleError
from callstats.staffing.intervals import handle_times, lengths, require, starts, values

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Durations, Frame, Numbers

    Floats = NDArray[np.float64]

_COLUMNS = ("open", "change", "loss")
#: Cells of a table of losses: 0.8 GB.
_MOST_CELLS = 100_000_000
_MOST_COUNTERS = 10_000


def plan(
    intervals: Frame | None = None,
    *,
    loss: Any = None,
    minimum: str | Numbers,
    maximum: str | Numbers,
    total: int | None = None,
    change_cost: float = 0.0,
    dwell: int = 1,
    step: int | None = None,
    start: int | tuple[int, int] | None = None,
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    patience: str | Durations = np.inf,
    threshold: str | Durations = 600,
    interval: str | Durations | None = None,
) -> Frame:
    """The counters to open in each slot, so that losses and changes together cost least.

    Parameters
    ----------
    intervals : DataFrame, optional
        One row a slot of one day and hall; pandas, Polars or what narwhals reads. Rows are put in
        order by the time index or the column ``start`` where there is one. Left out, `loss` alone
        says what there is to plan.
    loss : array_like or DataFrame, optional
        What each number of open counters loses in each slot: one row a slot, one column for each
        number from the least `minimum` to the largest `maximum`; finite. By default the customers
        that wait longer than `threshold`: calls x P(wait > threshold), each slot by itself.
    minimum, maximum : int, str or array_like
        Counters that are open at least and at most: one number, or one a slot; >= 0.
    total : int, optional
        Staff slots that there are: the sum of open counters over all slots. None: no bound.
    change_cost : float, default 0
        Cost of one counter opened or closed, in the unit of the loss; >= 0.
    dwell : int, default 1
        Slots that a change holds for at least. It holds for the first slot's number, too.
    step : int, optional
        Counters that may open or close at a time. None: any number.
    start : int or (int, int), optional
        Counters open before the first slot, and for how many slots they have been: the plan of a
        day that is under way, for the slots that are left. A number alone may change at once. The
        first change counts then.
    calls, aht, patience, threshold, interval : str, array_like or duration
        Customers of each slot, mean service time, mean patience, the wait that counts as late, and
        the length of a slot, as in `callstats.staffing.plan`. `threshold` is 10 minutes by default.

    Returns
    -------
    DataFrame
        With `intervals` that frame with columns added, else one row a slot:

        - ``open``: counters; ``change`` from the slot before, 0 in the first without `start`
        - ``loss`` of the slot, without the cost of its change
        - ``late``, with `intervals` and no `loss`: customers that wait longer than `threshold` when
          queues are carried from slot to slot (`callstats.day.evaluate`), in the same unit

        With pandas ``attrs`` hold ``objective`` (all losses and changes) and ``staff_slots``.

    Raises
    ------
    InfeasibleError
        `total` is less than the least that must be open, or `start` reaches no allowed number.
    ValueError
        A value outside its domain, or a table of the wrong shape.

    Notes
    -----
    An exact dynamic programme over slot, number, slots since the change and staff slots left. Of
    plans that cost the same (to 1e-12 of the largest loss) it takes the one with the fewest
    changes, then the fewest staff slots, then the earliest opening.

    Examples
    --------
    >>> import pandas as pd
    >>> hall = pd.DataFrame({"calls": [12, 30, 34, 16, 20, 9]})
    >>> day = plan(hall, aht="8min", interval="30min", minimum=2, maximum=10,
    ...            total=42, change_cost=0.2, dwell=2)
    >>> day[["calls", "open", "change"]]
       calls  open  change
    0     12     4       0
    1     30     4       0
    2     34    10       6
    3     16    10       0
    4     20    10       0
    5      9     4      -6
    """
    frame = None if intervals is None else frames.read(intervals, "intervals")
    if frame is None and loss is None:
        raise TypeError("intervals must be a DataFrame where no loss is given; got None")
    names = _COLUMNS if loss is not None or frame is None else (*_COLUMNS, "late")
    if frame is not None:
        names_beside(frame.columns, names, argument="intervals", anew=True)
    given = None if loss is None else _table(loss)
    slots = len(frame) if frame is not None else len(given if given is not None else ())
    low, high = _bounds(frame, minimum, maximum, slots)
    queue: dict[str, Any] = {"calls": calls, "aht": aht, "patience": patience}
    queue |= {"threshold": threshold, "interval": interval}
    if given is None and frame is not None:
        given = _late_customers(frame, low, high, queue)
    least, most = int(low.min(initial=0)), int(high.max(initial=0))
    least = int(low.min()) if slots else 0
    given = np.zeros((0, 1)) if given is None else given
    if given.shape != (slots, most - least + 1) and slots:
        msg = f"loss must have {slots} rows and {most - least + 1} columns, one for each number "
        raise ValueError(f"{msg}from {least} to {most}; got shape {given.shape}")
    order = _order(frame, slots)
    rules = _rules((least, most), total, change_cost, (dwell, step), start)
    levels = np.arange(least, most + 1)
    table = np.where((levels >= low[:, None]) & (levels <= high[:, None]), given, np.inf)
    chosen = _core.counters_plan(np.ascontiguousarray(table[order]), rules) if slots else []
    if chosen is None:
        raise InfeasibleError(_why(low, total, start))
    levels_of = (order, np.array(chosen, np.int64))
    return _made(frame, (given, least), levels_of, rules, queue if "late" in names else None)


def _table(loss: Any) -> Floats:
    """Losses as an array of two dimensions, all finite."""
    if hasattr(loss, "columns") and hasattr(loss, "to_numpy"):
        loss = loss.to_numpy()
    rows = loss if isinstance(loss, list | tuple) else []
    if len({len(row) if isinstance(row, list | tuple | np.ndarray) else -1 for row in rows}) > 1:
        raise ValueError(f"loss must have rows of one length; got {shown(loss)}")
    try:
        found = np.asarray(numbers("loss", np.asarray(loss)), np.float64)
    except (TypeError, ValueError, OverflowError):
        found = np.zeros(())
    if found.ndim != 2 or found.size > _MOST_CELLS:
        msg = "loss must be a table of numbers, a row a slot and a column a number of counters"
        raise TypeError(f"{msg}; got {shown(loss)}")
    must_be("loss", found, "finite", ~np.isfinite(found))
    return found


def _bounds(
    frame: nw.DataFrame[Any] | None, minimum: Any, maximum: Any, slots: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    found = []
    for name, value in (("minimum", minimum), ("maximum", maximum)):
        read = numbers(name, value) if frame is None else values(frame, name, value)
        column = np.broadcast_to(np.asarray(read, np.float64), slots) if np.ndim(read) < 2 else read
        bad = ~((column >= 0) & (column <= _MOST_COUNTERS) & (column % 1 == 0))
        must_be(name, column, f"whole, from 0 to {_MOST_COUNTERS:,}", bad)
        found.append(column.astype(np.int64))
    must_be("maximum", found[1], "at least minimum", found[1] < found[0])
    return found[0], found[1]


def _late_customers(frame: nw.DataFrame[Any], low: Any, high: Any, queue: dict[str, Any]) -> Floats:
    """Calls x P(wait > threshold) by the number of counters, each slot in its steady state."""
    require(frame, {name: value for name, value in queue.items() if value is not None})
    length = lengths(frame, queue["interval"])
    read = {name: values(frame, name, queue[name]) for name in ("calls", "aht", "patience")}
    offered = np.broadcast_to(np.asarray(read["calls"], np.float64), len(frame))
    must_be("calls", offered, "known and >= 0", ~((offered >= 0) & (offered < np.inf)))
    time = np.broadcast_to(np.asarray(read["aht"], np.float64), len(frame))
    busy = offered > 0
    must_be("aht", time, "known and > 0 where there are calls", busy & ~(time > 0))
    time = np.where(busy, time, 1.0)
    load = erlang.load(offered, time, interval=length)
    counters = np.arange(low.min(initial=0) if not len(low) else low.min(), high.max(initial=0) + 1)
    late = erlang.wait_survival(
        np.broadcast_to(counters.astype(float), (len(frame), counters.size)),
        np.broadcast_to(load[:, None], (len(frame), counters.size)),
        aht=time[:, None],
        after=_column(values(frame, "threshold", queue["threshold"]), len(frame)),
        patience=_column(read["patience"], len(frame)),
    )
    for name in ("patience", "threshold", "interval"):
        column = length if name == "interval" else values(frame, name, queue[name])
        must_be(name, np.asarray(column), "known", np.isnan(np.asarray(column, np.float64)))
    return np.asarray(np.where(busy[:, None], offered[:, None] * late, 0.0))


def _column(value: Any, rows: int) -> Floats:
    return np.broadcast_to(np.asarray(value, np.float64), rows)[:, None]


def _order(frame: nw.DataFrame[Any] | None, slots: int) -> NDArray[np.int64]:
    """Rows by time, where they have one; no two at the same."""
    times = None if frame is None else starts(frame)
    if times is None:
        return np.arange(slots)
    must_be("intervals", times, "rows with a start", np.isnat(times))
    order = np.argsort(times, kind="stable")
    again = np.zeros(slots, bool)
    again[order[1:]] = times[order[1:]] == times[order[:-1]]
    must_be("intervals", times, "one row a slot: no start twice", again)
    return order


def _rules(
    levels: tuple[int, int], total: Any, change_cost: Any, holds: tuple[Any, Any], start: Any
) -> tuple[int, int | None, float, int, int, tuple[int, int] | None]:
    cost = number("change_cost", change_cost, ">= 0 and finite", lambda c: 0 <= c < np.inf)
    least, most = levels
    hold = whole("dwell", holds[0], 1, 1_000_000)
    slots = None if total is None else whole("total", total, 0, 2**40)
    most_step = max(most - least, 1) if holds[1] is None else whole("step", holds[1], 1, 2**30)
    before = None
    if start is not None:
        pair = start if isinstance(start, tuple | list) else (start, hold)
        if len(pair) != 2:
            msg = f"start must be a number of counters, or that and its age; got {shown(start)}"
            raise ValueError(msg)
        before = (whole("start", pair[0], 0, 2**30) - least, whole("start", pair[1], 0, 2**30))
    return least, slots, cost, hold, most_step, before


def _why(low: Any, total: Any, start: Any) -> str:
    if total is not None and low.sum() > total:
        return f"the minimum takes {low.sum()} staff slots, and total is {total}"
    return (
        f"no allowed number of counters can follow start={start!r} with this step, dwell and total"
    )


def _made(
    frame: nw.DataFrame[Any] | None,
    losses: tuple[Floats, int],
    chosen: tuple[NDArray[np.int64], NDArray[np.int64]],
    rules: tuple[int, int | None, float, int, int, tuple[int, int] | None],
    late: dict[str, Any] | None,
) -> Any:
    """The result; `chosen` is the rows in order of time and their levels, `late` the queue."""
    (loss, least), (order, chosen_levels) = losses, chosen
    count = order.size
    opened, change, lost = np.empty(count), np.zeros(count), np.empty(count)
    opened[order] = chosen_levels + least
    steps = np.diff(chosen_levels, prepend=chosen_levels[:1] if rules[5] is None else rules[5][0])
    change[order] = steps
    lost[order] = loss[order, chosen_levels]
    columns: dict[str, Any] = {"open": opened, "change": change, "loss": lost}
    columns = {n: c.astype(np.int64) if n in {"open", "change"} else c for n, c in columns.items()}
    if late is not None and frame is not None:
        columns["late"] = _carried(frame, opened, late)
    about = {
        "function": "counters.plan",
        "objective": float(lost.sum() + rules[2] * np.abs(steps).sum()),
        "staff_slots": int(opened.sum()),
    }
    if frame is None:
        import narwhals as nw
        import pandas as pd

        like = nw.from_native(pd.DataFrame({"slot": np.arange(count)}), eager_only=True)
        return frames.result(like, {"slot": np.arange(count)}, columns, about)
    made = put_beside(frame.to_native(), columns)
    return frames.described(made, frames.About(about), frame)


def _carried(frame: nw.DataFrame[Any], opened: Floats, queue: dict[str, Any]) -> Floats:
    """Customers that wait longer than the threshold when queues are carried over."""
    if not len(frame):
        return np.zeros(0)
    offered = np.broadcast_to(np.asarray(values(frame, "calls", queue["calls"]), float), len(frame))
    times: Any = values(frame, "aht", queue["aht"])
    columns = {
        "calls": offered,
        "aht": np.broadcast_to(handle_times(offered, times), len(frame)),
        "agents": opened,
        "patience": _column(values(frame, "patience", queue["patience"]), len(frame))[:, 0],
        "threshold": _column(values(frame, "threshold", queue["threshold"]), len(frame))[:, 0],
        "length": _column(lengths(frame, queue["interval"]), len(frame))[:, 0],
    }
    import pandas as pd

    times = starts(frame)
    order = np.arange(len(frame)) if times is None else np.argsort(times, kind="stable")
    result = day.evaluate(
        pd.DataFrame({name: column[order] for name, column in columns.items()}),
        patience="patience",
        threshold="threshold",
        interval="length",
    )
    late = np.empty(len(frame))
    late[order] = result["waiting_after"].to_numpy()
    return late

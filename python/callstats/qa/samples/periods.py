"""Samples of several periods drawn ahead from the same recordings, none of them twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.added_columns import names_beside
from callstats._tables.checks import whole
from callstats._tables.frames import read, taken
from callstats.qa.samples import drawn_rows
from callstats.qa.samples.sampling import sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callstats.typing import Frame


def sample_periods(
    recordings: Frame, n: float | str | Mapping[Any, float], *, periods: int, **options: Any
) -> Frame:
    """Samples for several periods at once: each like the others, no recording in two of them.

    The first is what :func:`callstats.qa.sample` draws. The balanced design deals recordings into
    samples that are alike; the next periods get the next of them.

    Parameters
    ----------
    recordings : DataFrame
        One row a recording.
    n : int, mapping or str
        Recordings of each group in each period.
    periods : int
        How many periods, at least 1.
    **options
        As :func:`callstats.qa.sample` takes them, but for reserves, hard bounds and the cube
        method, which leave no second sample of known probabilities.

    Returns
    -------
    DataFrame
        As of :func:`callstats.qa.sample`, with the column ``period`` (from 1 on) added; ``draw``
        counts within a period. Probabilities and weights are those of a period alone. Groups that
        run out have fewer in the last periods.

    Raises
    ------
    ValueError
        As :func:`callstats.qa.sample`.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"call_id": range(60), "agent": ["anna", "ben"] * 30})
    >>> weeks = sample_periods(calls, 5, periods=4, seed=7)
    >>> weeks.groupby(["agent", "period"]).size().unique().tolist()
    [5]
    >>> bool(weeks["call_id"].duplicated().any())
    False
    """
    periods = whole("periods", periods, 1)
    if refused := [name for name in ("reserve", "at_most", "at_least") if options.get(name)]:
        raise ValueError(f"sample_periods takes no {refused[0]}")
    if options.get("design") == "cube":
        raise ValueError("design of several periods must not be 'cube'")
    names_beside(read(recordings, "recordings").columns, ["period"], argument="recordings")
    once = read(sample(recordings, n, **options), "recordings")
    most = int(once["draw"].max()) if len(once) else 0
    drawn = sample(recordings, n, **options, reserve=(periods - 1) * most)
    frame = read(drawn, "recordings")
    place, spare = frame["draw"].to_numpy(), frame["reserve"].to_numpy()
    # Rows come group by group: a group begins where its first draw is.
    group = np.cumsum(place == 1) - 1
    size = np.bincount(group[~spare]) if len(group) else np.zeros(0, dtype=np.int64)
    period = (place - 1) // size[group] + 1
    rows = np.flatnonzero(period <= periods)
    probability = frame["inclusion_probability"].to_numpy()[np.flatnonzero(place == 1)][group]
    return drawn_rows.with_columns(
        taken(frame, rows),
        {
            "draw": ((place - 1) % size[group] + 1)[rows] if len(rows) else place,
            "inclusion_probability": probability[rows],
            "weight": 1.0 / probability[rows],
            "reserve": np.zeros(len(rows), dtype=bool),
            "period": period[rows],
        },
        like=drawn,
    )

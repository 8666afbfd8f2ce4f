"""Random days of all kinds against another route to the same numbers."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from callstats import day
from day_by_hand import Row, evaluate

#: Both routes are exact to about 1e-12; the engine promises its tolerance.
TOLERANCE = 1e-10
DAYS = 24


def draw(seed):
    """Rows of a day, callers waiting at its start, and how many calls may be in system."""
    rng = np.random.default_rng(seed)

    def one(*choices):
        return choices[rng.integers(len(choices))]

    peak, aht, threshold = one(1, 3, 8), one(10.0, 30.0, 100.0), one(0.0, 5.0, 20.0, 70.0)
    start = one(0, 0, int(rng.integers(15)))
    rows = []
    for _ in range(rng.integers(1, 5)):
        agents = one(0, int(rng.integers(peak + 1)), int(rng.integers(peak + 1)))
        length = one(10.0, 20.0, 60.0)
        load = one(0.0, 0.8, 1.0, 1.5) * max(agents, 0.3 * peak)
        rows.append(
            Row(
                length,
                min(load * length / aht, 10.0),
                one(aht, aht, 0.6 * aht),
                one(0.0, 10.0, 30.0, 180.0, np.inf),
                agents,
                one(threshold, threshold, 30.0),
                one("finish", "finish_roster", "preempt"),
            )
        )
    most = start + sum(row.calls for row in rows)
    return rows, start, int(most + 9 * np.sqrt(most) + peak + 20)


@pytest.mark.parametrize("seed", range(DAYS))
def test_another_route_gives_the_same(seed):
    rows, start, states = draw(seed)
    frame = pd.DataFrame([asdict(row) for row in rows])
    columns = ("aht", "patience", "agents", "threshold", "shift_end")
    options = {name: name for name in columns}
    found = day.evaluate(frame, **options, interval="length", start=start)
    expected = pd.DataFrame(evaluate(rows, start, states))
    for name in expected:
        np.testing.assert_allclose(
            found[name], expected[name], rtol=TOLERANCE, atol=TOLERANCE, err_msg=name
        )

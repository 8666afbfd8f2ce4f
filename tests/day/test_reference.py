"""Every value of the reference table.

Computed in 80-bit arithmetic by uniformization over graded Gauss nodes, 15 digits printed; its own
description tells more. Values below 1e-15 are printed as 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import day

pytestmark = pytest.mark.frames

REFERENCE = Path(__file__).parents[1] / "reference" / "time_varying_reference.csv"
TABLE = pd.read_csv(REFERENCE)
INPUTS = (
    "scenario",
    "interval",
    "length_s",
    "calls",
    "aht_s",
    "patience_s",
    "agents",
    "threshold_s",
    "shift_end",
)
COLUMNS = {
    "p_wait": "wait_probability",
    "mean_queue": "queue_length",
    "wait_s": "wait_seconds",
    "wait_answered_s": "wait_answered_seconds",
    "busy_s": "busy_seconds",
    "overtime_s": "overtime_seconds",
}
ARGUMENTS = {
    "aht": "aht_s",
    "patience": "patience_s",
    "threshold": "threshold_s",
    "interval": "length_s",
    "shift_end": "shift_end",
    "by": "scenario",
}


@pytest.fixture(scope="module")
def result():
    return day.evaluate(TABLE[list(INPUTS)], **ARGUMENTS)


@pytest.mark.parametrize("name", [name for name in TABLE.columns if name not in INPUTS])
def test_every_value_of_the_table(result, name):
    expected, got = TABLE[name].to_numpy(), result[COLUMNS.get(name, name)].to_numpy()
    assert (np.isnan(expected) == np.isnan(got)).all()
    off = np.abs(got - expected) / np.maximum(1.0, np.abs(expected))
    # Nodes are as dense as the tolerance of 1e-10 asks.
    assert np.nanmax(off) <= 1e-10


def test_rows_may_come_in_any_order_and_days_on_any_threads():
    shuffled = TABLE[list(INPUTS)].assign(
        start=pd.Timestamp("2026-03-02")
        + pd.to_timedelta(
            TABLE.groupby("scenario")["length_s"].cumsum() - TABLE["length_s"], unit="s"
        )
    )
    first = day.evaluate(shuffled, **ARGUMENTS, threads=1)
    second = day.evaluate(shuffled.sample(frac=1.0, random_state=3), **ARGUMENTS, threads=2)
    pd.testing.assert_frame_equal(first, second.sort_index(), check_exact=True)


def test_looser_tolerances_hold():
    rough = day.evaluate(TABLE[list(INPUTS)], **ARGUMENTS, tolerance=1e-5)
    for name in ("service_level", "abandonment", "occupancy", "p_wait"):
        off = (rough[COLUMNS.get(name, name)] - TABLE[name]).abs()
        assert off.max() <= 1e-5

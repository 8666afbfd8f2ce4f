"""What holds for every log, whatever is in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.kpi.agents.spells import STATES
from callstats.kpi.calls.log import OUTCOMES
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.frames

#: Half seconds: their sums are exact in any order and any partition.
WAITS = st.integers(0, 400).map(lambda halves: halves / 2)
CALLS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 3 * 86_400), WAITS, st.sampled_from(OUTCOMES)),
    min_size=1,
    max_size=40,
)
BEGAN = pd.Timestamp("2024-03-30", tz="Europe/Berlin")


def log_of(rows) -> pd.DataFrame:
    log = pd.DataFrame(rows, columns=["queue", "second", "wait", "outcome"])
    log["arrival"] = BEGAN + pd.to_timedelta(log["second"], unit="s")
    log["talk"] = np.where(log["outcome"] == "answered", 2 * log["wait"] + 0.5, np.nan)
    return log.assign(hold=0.5, acw=np.where(log["second"] % 2 == 0, 3.5, np.nan))


@given(CALLS, st.data())
@settings(max_examples=60)
def test_any_parts_add_up_to_the_whole(rows, data):
    log = log_of(rows)
    options = {"by": "queue", "freq": "day", "threshold": [5, 20], "bins": [10, 20, 60]}
    part = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(log), max_size=len(log))))
    parts = [kpi.summarize(log[part == each], **options) for each in range(4)]
    merged, whole = kpi.merge(parts), kpi.summarize(log, **options)
    exact = [name for name in whole if not name.startswith("wait_p")]
    pd.testing.assert_frame_equal(merged[exact], whole[exact], check_exact=True)


@given(CALLS)
@settings(max_examples=60)
def test_what_definitions_cannot_break(rows):
    log = log_of(rows)
    table = kpi.summarize(log, by="queue", threshold=[0, 5, 20, 60, 1000])
    assert (table[list(OUTCOMES)].sum(axis=1) == table["offered"]).all()
    # More time to answer in cannot lower a service level.
    levels = table[[f"service_level_{limit}" for limit in (0, 5, 20, 60, 1000)]].to_numpy()
    known = ~np.isnan(levels[:, 0])
    assert (np.diff(levels[known], axis=1) >= 0).all()
    # Leaving out can only raise, and counting what was left out raises again.
    variants = kpi.compare_definitions(log, 20).set_index("definition")["service_level"]
    if not np.isnan(variants["exclude_abandoned_within"]):
        assert variants["offered"] <= variants["exclude_abandoned_within"]
        assert variants["exclude_abandoned_within"] <= variants["count_abandoned_within"]
    for name in ("service_level_20", "answer_rate", "abandonment_rate"):
        stem, _, end = name.partition("_20") if name.endswith("_20") else (name, "", "")
        end = "_20" if name.endswith("_20") else end
        rate = table[[f"{stem}_low{end}", name, f"{stem}_high{end}"]].dropna().to_numpy()
        assert (np.diff(rate, axis=1) >= -1e-12).all()
        assert ((rate >= 0) & (rate <= 1)).all()
    # Handle time is the sum of its parts.
    handled = table["handled_timed"] * table["aht"]
    parts = table[["talk_sum", "hold_sum", "acw_sum"]].sum(axis=1)
    np.testing.assert_allclose(handled.fillna(0), parts, rtol=1e-12)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("xy"),
            st.integers(0, 3 * 86_400),
            st.integers(0, 90_000),
            st.sampled_from(STATES),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(["15min", "1h", "day", "week"]),
)
@settings(max_examples=60)
def test_split_spells_sum_to_their_lengths(rows, freq):
    spells = pd.DataFrame(rows, columns=["agent", "second", "length", "state"])
    spells["start"] = BEGAN + pd.to_timedelta(spells["second"], unit="s")
    spells["end"] = spells["start"] + pd.to_timedelta(spells["length"], unit="s")
    table = kpi.states(spells, freq=freq)
    lengths = spells.pivot_table("length", "agent", "state", aggfunc="sum", fill_value=0)
    for state in lengths:
        assert table.groupby("agent")[state].sum().tolist() == lengths[state].tolist()
    assert (table["covered"] <= table["length"]).all()
    assert (table["overlap"] >= 0).all()
    assert (table["total"] == table[list(STATES)].sum(axis=1)).all()
    calls = kpi.concurrency(spells, freq=freq)
    assert calls["in_progress_seconds"].sum() == spells["length"].sum()
    assert (calls["mean_in_progress"] <= calls["peak_in_progress"] + 1e-12).all()

"""Breaks in given shifts."""

from __future__ import annotations

import pandas as pd
import planning
import pytest
from callstats import shifts

pytest.importorskip("highspy")

DAY = planning.requirement((2, 1, 1, 2, 2, 2, 0, 0))


def placed(rows, name="lunch"):
    return rows[rows["activity"] == name].set_index("agent")["start"]


def test_breaks_are_placed_together():
    found = shifts.breaks(planning.schedule(), DAY, planning.lunch())
    starts = placed(found)
    assert sorted(starts.dt.hour) == [9, 10]
    assert found.attrs["callstats"]["objective"] == 0
    assert found.columns.tolist() == ["agent", "start", "end", "activity", "shift"]
    assert found["end"].sub(found["start"]).sum() == pd.Timedelta("12h")


def test_agents_take_the_breaks_in_turn():
    first = placed(shifts.breaks(planning.schedule(), DAY, planning.lunch(), seed=0))
    second = placed(shifts.breaks(planning.schedule(), DAY, planning.lunch(), seed=1))
    assert first["ann"] == second["bob"]
    assert first["bob"] == second["ann"]
    days = pd.concat([planning.schedule(), planning.schedule()])
    days.iloc[2:, 1:] = days.iloc[2:, 1:] + pd.Timedelta("1D")
    need = planning.requirement([2, 1, 1, 2, 2, 2] + [0] * 18 + [2, 1, 1, 2, 2, 2])
    both = shifts.breaks(days, need, planning.lunch())
    lunches = both[both["activity"] == "lunch"]
    hours = lunches.groupby("agent")["start"].agg(lambda each: sorted(each.dt.hour))
    assert hours.tolist() == [[9, 10], [9, 10]]


def test_fixed_breaks_stay_and_nothing_is_put_over_them():
    held = planning.schedule()[:1].assign(
        start=planning.MORNING + pd.Timedelta("1h"),
        end=planning.MORNING + pd.Timedelta("2h"),
        activity="training",
    )
    found = shifts.breaks(planning.schedule(), DAY, planning.lunch(), fixed=held)
    assert placed(found, "training")["ann"] == held["start"][0]
    assert placed(found)["ann"].hour == 10
    again = shifts.breaks(
        planning.schedule(), DAY, planning.lunch(), fixed=held.assign(activity="lunch")
    )
    assert placed(again)["ann"].hour == 9
    assert len(placed(again)) == 2


def test_rows_that_touch_are_one_shift_and_order_is_nothing():
    whole = planning.schedule()
    middle = planning.MORNING + pd.Timedelta("3h")
    cut = pd.concat([whole.assign(end=middle), whole.assign(start=middle)])
    expected = shifts.breaks(whole, DAY, planning.lunch())
    pd.testing.assert_frame_equal(shifts.breaks(cut[::-1], DAY, planning.lunch()), expected)


def test_polars_gives_the_same():
    pl = pytest.importorskip("polars")
    expected = shifts.breaks(planning.schedule(), DAY, planning.lunch())
    tables = (planning.schedule(), DAY, planning.lunch())
    found = shifts.breaks(*map(pl.from_pandas, tables))
    assert found.rows() == [tuple(row) for row in expected.itertuples(index=False)]


def test_nobody_has_no_breaks():
    assert shifts.breaks(planning.schedule()[:0], DAY, planning.lunch()).empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"schedule": pd.concat([planning.schedule()] * 2)},
            "schedule must not have overlapping rows of one agent; got 'ann' twice at 2026",
        ),
        (
            {"schedule": planning.schedule().assign(end=planning.MORNING)},
            r"end must be after start; got .* at position 0 \(2 bad of 2\)",
        ),
        (
            {"schedule": planning.schedule().assign(start=planning.MORNING - pd.Timedelta("1h"))},
            "schedule must lie within the slots of requirement; got the shift of 'ann'",
        ),
        (
            {"schedule": planning.schedule().assign(start=planning.MORNING + pd.Timedelta("5min"))},
            "schedule must start on the grid of 3600 s; got 'ann'",
        ),
        ({"breaks": planning.lunch().assign(latest="6h")}, "let the break end within its shift"),
    ],
)
def test_bad_input_is_named(change, message):
    given = {"schedule": planning.schedule(), "requirement": DAY, "breaks": planning.lunch()}
    with pytest.raises(ValueError, match=message):
        shifts.breaks(**(given | change))

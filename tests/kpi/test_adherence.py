"""Agents' time beside their schedule, reasoned out by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames

DAY = "2024-03-05 "


def table(column, rows):
    frame = pd.DataFrame(rows, columns=["agent", "start", "end", column])
    return frame.assign(**{at: pd.to_datetime(DAY + frame[at]) for at in ("start", "end")})


def spells(*rows):
    return table("state", rows)


def schedule(*rows):
    return table("activity", rows)


#: On queue from 9 to 12 with a quarter of an hour's break at 10.
PLAN = schedule(
    ("ann", "09:00", "10:00", "on_queue"),
    ("ann", "10:00", "10:15", "break"),
    ("ann", "10:15", "12:00", "on_queue"),
)


def seconds(row):
    names = ("scheduled", "in_adherence", "exception", "outside", "scheduled_on_queue", "on_queue")
    return [row[name] for name in names]


def test_a_morning():
    # Ten minutes late, back from the break five minutes late, ten minutes longer at the end.
    done = spells(
        ("ann", "09:10", "09:50", "available"),
        ("ann", "09:50", "10:00", "talk"),
        ("ann", "10:00", "10:20", "break"),
        ("ann", "10:20", "12:10", "available"),
    )
    row = kpi.adherence(done, PLAN).iloc[0]
    assert seconds(row) == [10800, 9900, 900, 600, 9900, 9600]
    assert row["adherence"] == 1 - (900 + 600) / (10800 + 600)
    assert row["conformance"] == 9600 / 9900
    # Five minutes are forgiven, ten are not; the time on queue is what it is.
    row = kpi.adherence(done, PLAN, tolerance="5min").iloc[0]
    assert seconds(row) == [10800, 10200, 600, 600, 9900, 9600]
    assert seconds(kpi.adherence(done, PLAN, tolerance=299).iloc[0])[2] == 900
    assert seconds(kpi.adherence(done, PLAN, tolerance=600).iloc[0])[2:4] == [0, 0]


def test_an_hour_late_and_an_hour_longer_conforms_and_does_not_adhere():
    done = spells(("ann", "10:00", "12:00", "talk"))
    plan = schedule(("ann", "09:00", "11:00", "on_queue"))
    row = kpi.adherence(done, plan).iloc[0]
    assert row["conformance"] == 1
    assert row["adherence"] == pytest.approx(1 / 3)


def test_intervals_add_up_to_the_whole():
    done = spells(
        ("ann", "09:10", "10:00", "available"),
        ("ann", "10:00", "10:20", "break"),
        ("ann", "10:20", "12:10", "available"),
    )
    parts = kpi.adherence(done, PLAN, freq="30min", tolerance=360)
    whole = kpi.adherence(done, PLAN, tolerance=360).iloc[0]
    assert parts["start"].dt.strftime("%H:%M").tolist() == [
        "09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00",
    ]  # fmt: skip
    assert seconds(parts.sum(numeric_only=True)) == seconds(whole)
    # Nothing is scheduled after 12: no adherence, and endless conformance.
    assert np.isnan(parts["adherence"].iloc[-1])
    assert parts["conformance"].iloc[-1] == np.inf
    # An exception over the edge of an interval is one: 12 minutes from 9:24 are not forgiven.
    gap = spells(("ann", "09:00", "09:24", "talk"), ("ann", "09:36", "10:00", "talk"))
    hour = schedule(("ann", "09:00", "10:00", "on_queue"))
    cut = kpi.adherence(gap, hour, freq="30min", tolerance=600)
    assert cut["exception"].tolist() == [360, 360]


def test_one_row_no_rows_and_no_length():
    one = spells(("ann", "09:00", "10:00", "talk"))
    nobody = PLAN[:0]
    row = kpi.adherence(one, nobody).iloc[0]
    assert seconds(row) == [0, 0, 0, 3600, 0, 3600]
    assert np.isnan(row["adherence"])
    # Nobody came: all that was scheduled is an exception.
    row = kpi.adherence(one[:0], PLAN[:1]).iloc[0]
    assert seconds(row) == [3600, 0, 3600, 0, 3600, 0]
    assert [row["adherence"], row["conformance"]] == [0, 0]
    assert len(kpi.adherence(one[:0], nobody)) == 0
    assert len(kpi.adherence(one[:0], nobody, freq="15min")) == 0
    # A spell or an activity without length takes no time, so there is nothing to tell of.
    still = spells(("ann", "09:00", "09:00", "talk"))
    assert len(kpi.adherence(still, schedule(("ann", "09:00", "09:00", "break")))) == 0
    row = kpi.adherence(still, PLAN[:1]).iloc[0]
    assert seconds(row) == [3600, 0, 3600, 0, 3600, 0]


def test_states_of_activities():
    # A meeting is kept by training or aux; being offline needs no spell.
    plan = schedule(("ann", "09:00", "10:00", "meeting"), ("ann", "10:00", "11:00", "off"))
    done = spells(("ann", "09:00", "09:30", "training"), ("ann", "09:30", "10:00", "aux"))
    kept = {"meeting": ["training", "aux"], "off": "offline"}
    row = kpi.adherence(done, plan, activities=kept).iloc[0]
    assert seconds(row) == [7200, 7200, 0, 0, 0, 0]
    assert row["adherence"] == 1
    assert np.isnan(row["conformance"])
    with pytest.raises(ValueError, match="'meeting' has 'lunch'"):
        kpi.adherence(done, plan, activities={"meeting": "lunch"})
    with pytest.raises(InvalidDataError, match=r"activity must be one of .*got 'meeting'"):
        kpi.adherence(done, plan)


def test_overlaps():
    # Spells may overlap, as with a chat beside a call: the time counts once.
    done = spells(("ann", "09:00", "10:00", "talk"), ("ann", "09:30", "10:00", "acw"))
    row = kpi.adherence(done, PLAN[:1]).iloc[0]
    assert seconds(row) == [3600, 3600, 0, 0, 3600, 3600]
    # What was planned must be one thing: a shift with its break laid over it is refused.
    plan = schedule(("ann", "09:00", "12:00", "on_queue"), ("ann", "10:00", "10:15", "break"))
    with pytest.raises(InvalidDataError, match=r"not be inside another activity.*position 1"):
        kpi.adherence(done, plan)
    dropped = kpi.adherence(done, plan, on_error="drop")
    assert dropped["scheduled"].tolist() == [10800]
    assert dropped.attrs["callstats"]["schedule"]["left_out"] == 1


def test_bad_rows_are_told():
    done = spells(("ann", "09:00", "10:00", "talk"), ("ann", "11:00", "10:00", "talk"))
    with pytest.raises(InvalidDataError, match="end must not be before start"):
        kpi.adherence(done, PLAN)
    open_end = done.assign(end=pd.NaT)
    with pytest.raises(InvalidDataError, match="end must be known"):
        kpi.adherence(open_end, PLAN)
    assert kpi.adherence(done, PLAN, on_error="drop")["on_queue"].tolist() == [3600]
    aware = PLAN.assign(
        start=PLAN["start"].dt.tz_localize("UTC"), end=PLAN["end"].dt.tz_localize("UTC")
    )
    with pytest.raises(InvalidDataError, match="both have a time zone"):
        kpi.adherence(done[:1], aware)


def going_on(frame, agent, minute):
    """The words of the agent's rows that hold the minute."""
    there = (frame["agent"] == agent) & (frame["start"] <= minute) & (frame["end"] > minute)
    return set(frame.loc[there].iloc[:, 3])


def minute_by_minute(done, plan):
    """Minutes of each kind, looked at one by one."""
    counts = {}
    queue = {"available", "ring", "talk", "hold", "acw"}
    for agent in sorted({*done["agent"], *plan["agent"]}):
        total = [0] * 6
        for minute in pd.date_range(DAY + "08:00", DAY + "14:00", freq="min"):
            states, activity = (going_on(frame, agent, minute) for frame in (done, plan))
            on = bool(states & queue)
            kept = bool(activity) and (on if activity == {"on_queue"} else bool(states & activity))
            flags = (
                bool(activity), kept, bool(activity) and not kept,
                on and not activity, activity == {"on_queue"}, on,
            )  # fmt: skip
            total = [60 * flag + before for flag, before in zip(flags, total, strict=True)]
        counts[agent] = total
    return counts


def test_random_days_minute_by_minute():
    random = np.random.default_rng(4)

    def made(column, words):
        rows = []
        for agent in ("ann", "bob", "eve"):
            edges = np.unique(random.integers(8 * 60, 14 * 60, 14))
            for low, high in pairwise(edges):
                if random.uniform() < 0.8:
                    clock = [f"{t // 60:02}:{t % 60:02}" for t in (low, high)]
                    rows.append((agent, *clock, random.choice(words)))
        return table(column, rows)

    done = made("state", ["available", "talk", "acw", "break", "training", "aux"])
    plan = made("activity", ["on_queue", "on_queue", "break", "training"])
    found = kpi.adherence(done.sample(frac=1, random_state=1), plan.sample(frac=1, random_state=2))
    wanted = minute_by_minute(done, plan)
    assert found["agent"].tolist() == list(wanted)
    for at, agent in enumerate(wanted):
        assert seconds(found.iloc[at]) == wanted[agent]
    parts = kpi.adherence(done.astype({"agent": "category"}), plan, freq="15min")
    added = parts.groupby("agent").sum(numeric_only=True)
    for agent, total in wanted.items():
        assert seconds(added.loc[agent]) == total


def test_a_day_with_25_hours():
    at = pd.to_datetime(["2024-10-27 00:00", "2024-10-28 00:00"]).tz_localize("Europe/Paris")
    row = {"agent": ["ann"], "start": at[:1], "end": at[1:]}
    found = kpi.adherence(
        pd.DataFrame({**row, "state": ["talk"]}),
        pd.DataFrame({**row, "activity": ["on_queue"]}),
        freq="day",
    )
    assert found["length"].tolist() == [90000]
    assert found["scheduled"].tolist() == [90000]
    assert found["adherence"].tolist() == [1]

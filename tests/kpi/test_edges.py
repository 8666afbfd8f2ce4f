"""Days of 23 and 25 hours, midnight, overlaps, no length, nothing, one row, unknown categories.

Each answer is reasoned in the words beside it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError
from registry import KPI

pytestmark = pytest.mark.frames

ZONE = "Europe/Berlin"
every = pytest.mark.parametrize("row", KPI, ids=lambda row: row.function.__name__)
clock_changes = pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25)])


def at(*times, zone=None):
    return pd.to_datetime(list(times), format="ISO8601").tz_localize(zone)


def whole_day(day: str) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """The first instants of a local day and of the next."""
    first = at(day, zone=ZONE)
    return first, at(str(pd.Timestamp(day) + pd.Timedelta(days=1)), zone=ZONE)


@clock_changes
def test_one_call_all_day_is_in_progress_for_as_long_as_the_day(day, hours):
    begin, end = whole_day(day)
    log = pd.DataFrame({"start": begin, "end": end, "agent": ["ann"]})
    table = kpi.concurrency(log, freq="day")
    assert table["length"].tolist() == table["in_progress_seconds"].tolist() == [hours * 3600.0]
    # One call throughout: one on average and one at most, in every half hour that there was.
    assert table[["mean_in_progress", "peak_in_progress"]].to_numpy().tolist() == [[1.0, 1.0]]
    halves = kpi.concurrency(log, freq="30min")
    assert len(halves) == 2 * hours
    assert (halves["mean_in_progress"] == 1).all()


@clock_changes
def test_a_shift_all_day_is_scheduled_for_as_long_as_the_day(day, hours):
    begin, end = whole_day(day)
    spells = pd.DataFrame({"agent": ["a"], "start": begin, "end": end, "state": "available"})
    plan = pd.DataFrame({"agent": ["a"], "start": begin, "end": end, "activity": "on_queue"})
    row = kpi.adherence(spells, plan, freq="day").iloc[0]
    assert row["scheduled"] == row["on_queue"] == row["length"] == hours * 3600
    assert (row["adherence"], row["conformance"]) == (1, 1)


@clock_changes
def test_waits_and_cases_that_span_the_change_last_as_long_as_it_takes(day, hours):
    """From half past one to half past three by the clock are one hour or three."""
    began, ended = at(f"{day} 01:30", zone=ZONE), at(f"{day} 03:30", zone=ZONE)
    seconds = (hours - 22) * 3600.0
    visit = pd.DataFrame({"hall": ["h"], "taken": began, "called": ended, "finished": ended})
    assert kpi.halls(visit)["asa"].tolist() == [seconds]
    case = pd.DataFrame({"opened": began, "closed": ended})
    assert kpi.handling_time(case)["mean_closed"].tolist() == [seconds]
    # A window of two hours: the contact again at half past three is a repeat if it was one hour
    # later, and none if it was three.
    contacts = pd.DataFrame({"arrival": began.append(ended), "customer": "c"})
    found = kpi.first_contact_resolution(contacts, window="2h", until=ended[0] + pd.Timedelta("9h"))
    assert found["followed"].tolist() == [1 if hours == 23 else 0]


def test_over_midnight():
    """Ten minutes on either side of midnight are ten minutes of either day."""
    begin, end = at("2024-03-05 23:50"), at("2024-03-06 00:10")
    calls = pd.DataFrame({"start": begin, "end": end, "agent": ["ann"]})
    table = kpi.concurrency(calls, freq="day")
    assert table["in_progress_seconds"].tolist() == [600.0, 600.0]
    # The agent was there on both days.
    assert table["agents_seen"].tolist() == [1, 1]
    spells = pd.DataFrame({"agent": ["ann"], "start": begin, "end": end, "state": "talk"})
    plan = pd.DataFrame({"agent": ["ann"], "start": begin, "end": end, "activity": "on_queue"})
    assert kpi.states(spells, freq="day")["talk"].tolist() == [600.0, 600.0]
    assert kpi.adherence(spells, plan, freq="day")["scheduled"].tolist() == [600.0, 600.0]
    # A visitor belongs to the day on which the ticket was taken, with all of the wait.
    visit = pd.DataFrame({"hall": ["h"], "taken": begin, "called": end, "finished": end})
    table = kpi.halls(visit, freq="day")
    assert table["start"].dt.day.tolist() == [5]
    assert table["asa"].tolist() == [1200.0]
    # A case that is closed within its hour is on time, midnight or not.
    case = pd.DataFrame({"opened": begin, "closed": end})
    assert kpi.handling_time(case, limit="1h")["on_time"].tolist() == [1.0]


def test_overlaps():
    """Ann talks from nine to ten past, and a second spell covers the last five of these minutes."""
    spells = pd.DataFrame(
        {
            "agent": ["ann", "ann"],
            "start": at("2024-03-05 09:00", "2024-03-05 09:05"),
            "end": at("2024-03-05 09:10", "2024-03-05 09:10"),
            "state": ["talk", "acw"],
        }
    )
    row = kpi.states(spells, freq="day").iloc[0]
    assert (row["talk"], row["acw"]) == (600, 300)
    assert (row["total"], row["covered"], row["overlap"]) == (900, 600, 300)
    # On queue she was once, however many spells say so.
    plan = pd.DataFrame(
        {
            "agent": ["ann"],
            "start": at("2024-03-05 09:00"),
            "end": at("2024-03-05 09:10"),
            "activity": ["on_queue"],
        }
    )
    assert kpi.adherence(spells, plan)["on_queue"].tolist() == [600.0]
    # Two calls at once with one agent: two in progress, one agent.
    table = kpi.concurrency(spells, freq="day")
    assert table[["peak_in_progress", "agents_seen"]].to_numpy().tolist() == [[2, 1]]
    assert table["in_progress_seconds"].tolist() == [900.0]
    # A schedule that contradicts itself is refused.
    twice = pd.concat([plan, plan], ignore_index=True)
    with pytest.raises(InvalidDataError, match="not be inside another activity"):
        kpi.adherence(spells, twice)


def test_no_length():
    now = at("2024-03-05 09:00")
    visit = pd.DataFrame({"hall": ["h"], "taken": now, "called": now, "finished": now})
    row = kpi.halls(visit, threshold=0).iloc[0]
    # Called as the ticket was printed, and done at once: within 0 s, and it took 0 s.
    assert (row["service_level"], row["asa"], row["att"]) == (1, 0, 0)
    case = kpi.handling_time(pd.DataFrame({"opened": now, "closed": now}), limit="1s").iloc[0]
    assert (case["closed"], case["mean_closed"], case["median"], case["on_time"]) == (1, 0, 0, 1)
    # One contact twice at the same instant repeats nothing.
    contacts = pd.DataFrame({"arrival": now.append(now), "customer": "c"})
    found = kpi.first_contact_resolution(contacts, until="2024-04-01").iloc[0]
    assert (found["followed"], found["fcr"]) == (0, 1)
    # Scheduled from nine to nine is not scheduled.
    nothing = {"agent": ["a"], "start": now, "end": now}
    table = kpi.adherence(
        pd.DataFrame({**nothing, "state": "talk"}), pd.DataFrame({**nothing, "activity": "break"})
    )
    assert table.empty


@every
def test_no_rows(row):
    """The columns of a full answer; no row, but for figures of the whole, whose counts are 0."""
    full, empty = row.call(row.frame()), row.call(row.frame().iloc[:0])
    assert list(empty.columns) == list(full.columns)
    # What has no groups is one row of nothing, or one a variant; a schedule stands without spells.
    whole = {"merge": 1, "compare_definitions": 6}
    expected = whole.get(row.function.__name__, 0)
    if row.function not in {kpi.reconcile, kpi.compare_with_erlang, kpi.adherence}:
        assert len(empty) == expected
    for name in ("offered", "count", "denominator"):
        if name in empty:
            assert (empty[name] == 0).all()


@every
def test_one_row(row):
    """One row is one group, and its ratios are between nothing and all of it."""
    if row.function is kpi.drivers:
        with pytest.raises(ValueError, match="ratings must have 12 rows"):
            row.call(row.frame().iloc[:1])
        return
    one = row.call(row.frame().iloc[:1])
    # Of one row nothing may be wrong, and nobody may be left to ask.
    assert len(one) >= (0 if row.function in {kpi.validate, kpi.targets} else 1)
    for name in ("service_level", "abandonment_rate", "satisfaction", "contribution", "fcr"):
        if name in one:
            assert one[name].dropna().between(0, 1).all()


def test_categories_that_nobody_is_in_and_that_nobody_knows():
    log = pd.DataFrame({"wait": [1.0, 2.0], "outcome": ["answered", "abandoned"]})
    log["queue"] = pd.Categorical(["a", None], ["a", "b"])
    table = kpi.summarize(log, by="queue")
    # No calls in queue b: no row. One call in no queue: a row of its own, the last.
    assert table["queue"].isna().tolist() == [False, True]
    assert table["offered"].tolist() == [1, 1]
    # A category that is declared but not in the vocabulary hurts only where it occurs.
    declared = pd.Categorical(log["outcome"], ["answered", "abandoned", "vanished"])
    assert kpi.summarize(log.assign(outcome=declared))["offered"].tolist() == [2]
    occurs = pd.Categorical(["answered", "vanished"], ["answered", "vanished"])
    with pytest.raises(InvalidDataError, match=r"outcome must be one of .* got 'vanished'"):
        kpi.summarize(log.assign(outcome=occurs))
    transactions = pd.DataFrame(
        {"channel": pd.Categorical(["app"], ["app", "kiosk"]), "kind": ["order"], "volume": [2]}
    )
    found = kpi.contribution(transactions)
    assert found["channel"].tolist() == ["app"]
    assert found["contribution"].tolist() == [1.0]
    assert np.isnan(kpi.contribution(transactions.assign(volume=0))["contribution"][0])
    with pytest.raises(ValueError, match=r"counter must be among the channels; got .*'desk'"):
        kpi.diversion(transactions, counter="desk")
    spell = pd.DataFrame({"agent": ["a"], "start": at("2024-03-05"), "end": at("2024-03-06")})
    with pytest.raises(InvalidDataError, match=r"activity must be one of on_queue, .* got 'lunch'"):
        kpi.adherence(spell.assign(state="talk"), spell.assign(activity="lunch"))


@pytest.mark.parametrize("units", [("s", "s"), ("ms", "us"), ("us", "us"), ("ns", "ns")])
@pytest.mark.parametrize("zone", [None, ZONE])
def test_spells_are_the_same_in_every_unit_and_by_the_clock_of_a_zone(units, zone):
    # Over the night in which the clock skips the hour from 2 to 3: from 23:00 to midnight, and from
    # there to 4:00, which are three hours where it was changed.
    log = pd.DataFrame({"agent": ["ann"], "state": ["talk"]})
    log["start"] = at("2024-03-30 23:00").as_unit(units[0])
    log["end"] = at("2024-03-31 04:00").as_unit(units[1])
    table = kpi.states(log, freq="day", timezone=zone)
    assert table["talk"].tolist() == [3600.0, (4 if zone is None else 3) * 3600.0]
    starts = at("2024-03-30", "2024-03-31", zone=zone)
    assert table["start"].tolist() == starts.tolist()


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_flagged_spells_are_counted_in_their_interval_in_every_unit(unit):
    log = pd.DataFrame({"agent": ["ann"] * 2, "state": ["talk", "unheard of"]})
    log["start"] = at("2024-03-30 09:00", "2024-03-30 10:10").as_unit(unit)
    log["end"] = at("2024-03-30 09:10", "2024-03-30 10:20").as_unit(unit)
    table = kpi.states(log, freq="30min", on_error="flag")
    assert table["start"].tolist() == at("2024-03-30 09:00", "2024-03-30 10:00").tolist()
    assert table["flagged"].tolist() == [0, 1]
    assert table["talk"].tolist() == [600.0, 0.0]


def test_times_beyond_nanoseconds_are_refused_in_coarse_units():
    log = pd.DataFrame({"agent": ["ann"], "state": ["talk"]})
    log["start"] = at("2024-03-30 09:00").as_unit("s")
    log["end"] = np.array(["2263-01-01"], dtype="M8[s]")
    with pytest.raises(InvalidDataError, match="end must lie between the years 1678 and 2262"):
        kpi.states(log, freq="30min")

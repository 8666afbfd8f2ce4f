"""A bad row in every table: refused by name, left out, or counted apart, never just gone."""

from __future__ import annotations

import inspect
from functools import partial

import logs
import numpy as np
import pandas as pd
import pytest
import units
from callstats import kpi
from callstats.errors import InvalidDataError, MissingColumnError

pytestmark = pytest.mark.frames

EARLY = pd.Timestamp("2020-01-01")

#: Function and its arguments, table, column, a value that breaks a rule, the rule as told.
FAULTS = [
    (kpi.summarize, {}, logs.calls, "outcome", "lost", "outcome must be one of answered"),
    (kpi.summarize, {"freq": "day"}, logs.calls, "arrival", pd.NaT, "arrival must be known"),
    (kpi.compare_definitions, {}, logs.calls, "outcome", None, "outcome must be one of"),
    (kpi.compare_with_erlang, {}, logs.calls, "wait", -1.0, "wait must be >= 0"),
    (kpi.patience, {}, logs.calls, "wait", np.inf, "wait must be >= 0"),
    (kpi.concurrency, {"freq": "day"}, logs.calls, "arrival", pd.NaT, "arrival must be known"),
    (kpi.patience, {}, logs.calls, "outcome", None, "outcome must be one of .*got missing"),
    (kpi.patience_curve, {}, logs.calls, "wait", -1.0, "wait must be >= 0"),
    (kpi.patience_hazard, {}, logs.calls, "wait", -1.0, "wait must be >= 0"),
    (kpi.states, {"freq": "day"}, logs.spells, "end", pd.NaT, "end must be known"),
    (kpi.states, {"freq": "day"}, logs.spells, "end", EARLY, "end must not be before start"),
    (kpi.states, {"freq": "day"}, logs.spells, "state", "tea", "state must be one of available"),
    (kpi.adherence, {"schedule": logs.schedule()}, logs.spells, "state", "tea", "state must be"),
    (kpi.halls, {}, units.visits, "called", pd.NaT, "called must be known"),
    (kpi.halls, {}, units.visits, "called", EARLY, "called must not be before taken"),
    (kpi.halls, {}, units.visits, "finished", EARLY, "finished must not be before called"),
    (kpi.halls, {"freq": "day"}, units.visits, "taken", pd.NaT, "taken must be known"),
    (kpi.visits_as_calls, {}, units.visits, "called", pd.NaT, "called must be known"),
    (kpi.handling_time, {}, units.tickets, "closed", EARLY, "closed must not be before opened"),
    (kpi.handling_time, {}, units.tickets, "opened", pd.NaT, "opened must be known"),
    (kpi.first_contact_resolution, {}, units.contacts, "arrival", pd.NaT, "arrival must be known"),
    (
        partial(kpi.first_contact_resolution, judged="answered"),
        {},
        units.contacts,
        "outcome",
        "Answered",
        r"outcome must be one of .*got 'Answered' .*kpi.canonical reads it as 'answered'",
    ),
    (kpi.contribution, {}, units.transactions, "volume", np.inf, "volume must be a finite number"),
    (kpi.contribution, {}, units.transactions, "kind", None, "kind must be known"),
    (kpi.diversion, {}, units.transactions, "channel", None, "channel must be known"),
    (kpi.satisfaction, {}, units.ratings, "rating", 6.0, "rating must be between 1 and 5"),
    (partial(kpi.pareto, column="kind", count="volume"), {}, units.transactions, "volume", -1.0,
     "volume must be a finite number >= 0"),
    (partial(kpi.productivity, volume="answered"), {}, units.days, "heads", np.nan,
     "heads must be a finite number >= 0; got missing"),
    (partial(kpi.imbalance, value="answered"), {}, units.days, "answered", np.inf,
     "answered must be a finite number >= 0; got inf"),
    (kpi.utilisation, {}, units.times, "talk", -1.0, "talk must be a finite number >= 0"),
    (partial(kpi.roll_up, rates={"sl": ("in_time", "answered")}), {}, units.days, "in_time", -1.0,
     "in_time must be a count >= 0"),
    (partial(kpi.consistency, figure="share", target=0.8, weight="answered"), {}, units.days,
     "answered", -1.0, "answered must be a count >= 0"),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["pandas", "polars"])
@pytest.mark.parametrize(
    ("function", "options", "table", "column", "value", "rule"),
    FAULTS,
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_one_bad_row(function, options, table, column, value, rule, kind):  # noqa: PLR0917 - pytest's
    good = table()
    bad = good.astype({column: float}) if isinstance(value, float) else good.copy()
    bad.loc[1, column] = value
    without = bad.drop(index=1)
    if kind == "polars":
        pl = pytest.importorskip("polars")
        bad, without = pl.from_pandas(bad), pl.from_pandas(without)

    def answer(frame, **more):
        found = function(frame, **options, **more)
        return found.to_pandas() if kind == "polars" else found

    with pytest.raises(InvalidDataError, match=rule + r".* at position 1") as refused:
        answer(bad)
    # How many, of how many, and what to pass to go on.
    assert f"(1 bad of {len(good)})" in str(refused.value)
    assert "on_error='drop'" in str(refused.value)
    dropped = answer(bad, on_error="drop")
    pd.testing.assert_frame_equal(dropped, answer(without))
    flagged = answer(bad, on_error="flag")
    if "flagged" in flagged:
        assert flagged["flagged"].sum() == 1
    if kind == "pandas":
        for found in (dropped, flagged):
            about = found.attrs["callstats"]
            assert about["left_out"] == 1
            assert [(p["count"], p["position"]) for p in about["problems"]] == [(1, 1)]


def test_every_function_that_refuses_rows_says_how_to_go_on():
    """Those of logs take on_error; the others make or judge tables of figures."""
    without = {
        name
        for name in kpi.__all__
        if inspect.isfunction(function := getattr(kpi, name))
        and "on_error" not in inspect.signature(function).parameters
    }
    assert without == {"audit_ceiling", "merge", "scorecard", "shortfalls", "validate"}
    table = units.days()
    with pytest.raises(InvalidDataError, match=r"missing at position 2.*Pass missing='reweigh'"):
        kpi.scorecard(table, units.METRICS, unit="day", missing="raise")
    with pytest.raises(InvalidDataError, match=r"share between 0 and 1.*got 2\.0.*Mend the figure"):
        kpi.shortfalls(table.assign(share=2.0), units.METRICS, unit="day")


def test_unreadable_and_unknown_visits():
    visits = units.visits().astype({"taken": str})
    visits.loc[1, "taken"] = "soon"
    with pytest.raises(InvalidDataError, match=r"taken must be a time.*got 'soon' at position 1 "):
        kpi.halls(visits)
    assert kpi.halls(visits, on_error="drop")["offered"].sum() == 4
    told = units.visits().assign(outcome=["served", "left", None, None, "no_show"])
    with pytest.raises(
        InvalidDataError, match="outcome must be one of served, no_show; got 'left'"
    ):
        kpi.halls(told)
    flagged = kpi.halls(told, on_error="flag", by=())
    # Of the two that nobody wrote down, the finished one was served and the other was not.
    assert flagged[["offered", "answered", "abandoned", "flagged"]].to_numpy().tolist() == [
        [4, 2, 2, 1]
    ]
    assert kpi.visits_as_calls(told, on_error="flag")["wait"].isna().tolist() == [
        False, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("repeats", [("wait",), ("queue", "wait")])
def test_columns_of_one_name(repeats):
    log = logs.calls()
    doubled = pd.concat([log, log[list(repeats)]], axis=1)
    with pytest.raises(
        InvalidDataError, match=f"calls must have different column names.*{repeats[0]}"
    ):
        kpi.summarize(doubled)


def test_what_cannot_be_a_key_or_a_threshold():
    log = logs.calls()
    for by in (7, None, [3]):
        with pytest.raises(TypeError, match="by must be a column's name or several"):
            kpi.summarize(log, by=by)
    with pytest.raises(InvalidDataError, match="tags must hold values that can be grouped by"):
        kpi.summarize(log.assign(tags=[["a"]] * 60), by="tags")
    # A text that is neither a column nor a duration is taken for a column that is not there.
    with pytest.raises(MissingColumnError, match="calls has no column 'queues', nearest: 'queue'"):
        kpi.summarize(log, threshold="queues")
    with pytest.raises(InvalidDataError, match=r"arrival must hold times; .*unit='s'"):
        kpi.summarize(log.assign(arrival=0), freq="day")
    with pytest.raises(
        InvalidDataError, match="volume must hold numbers; got 'many' at position 0"
    ):
        kpi.contribution(units.transactions().assign(volume=["many", 1, 2, 3, 4, 5]))


def test_arguments_that_name_too_little():
    table = units.transactions()
    with pytest.raises(
        ValueError, match="seconds must have an entry for every kind that is diverted"
    ):
        kpi.diversion(table, seconds={"contract": 60})
    with pytest.raises(ValueError, match=r"seconds\['payment'\] must be >= 0"):
        kpi.diversion(table, seconds={"payment": -1})
    for pair in ("in_time / answered", ("in_time",)):
        with pytest.raises(ValueError, match="rates must map each name to two columns; got"):
            kpi.roll_up(units.days(), rates={"sl": pair})
    with pytest.raises(TypeError, match=r"metrics must map each column to a Metric; got 0\.8"):
        kpi.scorecard(units.days(), {"share": 0.8}, unit="day")
    with pytest.raises(MissingColumnError, match="calls has no column 'operator'"):
        kpi.concurrency(logs.calls(), freq="day", agent="operator")
    with pytest.raises(ValueError, match=r"until must be a time .*; got 'soon'"):
        kpi.first_contact_resolution(units.contacts(), until="soon")
    with pytest.raises(TypeError, match="limit must be a duration; got True"):
        kpi.handling_time(units.tickets(), limit=True)
    one = kpi.states(logs.spells(), freq="day", productive="talk")
    assert (one["paid_utilisation"] * one["logged_in"]).round(6).tolist() == one["talk"].tolist()


LISTED = [
    ("states", logs.spells, "end", pd.NaT, "end must be known"),
    ("states", logs.spells, "end", EARLY, "end must not be before start"),
    ("states", logs.spells, "state", "gone", "state must be one of available"),
    ("schedule", logs.schedule, "end", pd.NaT, "end must be known"),
    ("visits", units.visits, "called", pd.NaT, "called must be known"),
    ("visits", units.visits, "finished", EARLY, "finished must not be before called"),
    (
        "visits",
        lambda: units.visits().assign(outcome="served"),
        "outcome",
        "x",
        "outcome must be one",
    ),
    ("ratings", units.ratings, "rating", np.inf, "rating must be finite"),
    ("transactions", units.transactions, "volume", -1.0, "volume must be >= 0"),
    ("transactions", units.transactions, "kind", None, "kind must be known"),
    (
        "forecast",
        lambda: units.forecasts().assign(aht=180.0),
        "volume",
        -1.0,
        "volume must be >= 0",
    ),
]


@pytest.mark.parametrize("kind", ["pandas", "polars"])
@pytest.mark.parametrize("case", LISTED, ids=lambda case: f"{case[0]}-{case[4]}")
def test_validate_lists_what_the_functions_of_the_table_refuse(case, kind):
    table, made, column, value, rule = case
    good = made()
    bad = good.astype({column: float}) if isinstance(value, float) else good.copy()
    bad.loc[1, column] = value
    if kind == "polars":
        pl = pytest.importorskip("polars")
        good, bad = pl.from_pandas(good), pl.from_pandas(bad)
    assert len(kpi.validate(good, table)) == 0
    lines = kpi.validate(bad, table)
    lines = lines.to_pandas() if kind == "polars" else lines
    assert lines["count"].tolist() == [1]
    assert lines["rule"][0].startswith(rule)
    assert "position 1" in lines["example"][0]


def test_words_that_only_an_export_may_use():
    """`canonical` reads lunch as a break; `states` does not, and `validate` says both."""
    spells = logs.spells()
    spells.loc[2, "state"] = "lunch"
    line = kpi.validate(spells, "states").iloc[0]
    assert (line["count"], line["example"]) == (1, "'lunch' at position 2")
    assert line["effect"].endswith("kpi.canonical reads it as 'break'")
    read = kpi.canonical(spells, "states")
    assert kpi.validate(read, "states").empty
    assert kpi.states(read, freq="day")["break"].sum() > 0


def test_what_definitions_must_be():
    for field in ("inclusive", "include_flowout", "hold_in_talk"):
        with pytest.raises(TypeError, match=f"{field} must be True or False; got 'no'"):
            kpi.Definitions(**{field: "no"})
    with pytest.raises(ValueError, match="name must be a text"):
        kpi.Definitions(name="")
    # Their columns would have one name.
    with pytest.raises(ValueError, match="threshold must be one or several different durations"):
        kpi.summarize(logs.calls(), threshold=[20, 20 + 1e-13])
    with pytest.raises(MissingColumnError, match="visits has no column 'branch'; found 'hall', "):
        kpi.halls(units.visits(), by="branch")


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_columns_that_are_missing_throughout(kind):
    """Nobody replied, nothing was seen: figures of nothing, not an error."""
    table = pd.DataFrame({"rating": [None, None], "unit": [1, 2], "x": [1, 2], "n": [2, 4]})
    if kind == "polars":
        table = pytest.importorskip("polars").from_pandas(table)
    if kind == "pyarrow":
        table = pytest.importorskip("pyarrow").Table.from_pandas(table)
    found = kpi.satisfaction(table)
    found = found if kind == "pandas" else found.to_pandas()
    assert found[["sent", "replies"]].to_numpy().tolist() == [[2, 0]]
    assert found["satisfaction"].isna().all()
    # Units may be numbers.
    units_of = pd.DataFrame({"unit": [1, 2], "parent": [10, 10]})
    if kind != "pandas":
        units_of = type(table)(units_of) if kind == "polars" else table.from_pandas(units_of)
    rolled = kpi.roll_up(table, rates={"rate": ("x", "n")}, units=units_of)
    rolled = rolled if kind == "pandas" else rolled.to_pandas()
    assert rolled["unit"].tolist() == [10, 1, 2]
    assert rolled["rate"].tolist() == [0.5, 0.5, 0.5]


OF_THE_QUEUE = {
    "summarize": kpi.summarize,
    "patience": kpi.patience,
    "compare_definitions": kpi.compare_definitions,
    "compare_with_erlang": partial(kpi.compare_with_erlang, agents=3),
}


@pytest.mark.parametrize("kind", ["pandas", "polars", "categories"])
@pytest.mark.parametrize("name", OF_THE_QUEUE)
def test_calls_out_are_no_queue_entries(name, kind):
    words = {3: "Outbound", 5: "Internal", 6: None, 7: "Leg 2"}
    log = logs.calls()
    log["direction"] = [words.get(row, "Inbound") for row in range(len(log))]
    queue = log.drop(index=[3, 5])
    if kind == "categories":
        log["direction"] = log["direction"].astype("category")
    if kind == "polars":
        pl = pytest.importorskip("polars")
        log, queue = pl.from_pandas(log), pl.from_pandas(queue)
    function = OF_THE_QUEUE[name]

    def answer(frame, **options):
        found = function(frame, **options)
        return found.to_pandas() if kind == "polars" else found

    with pytest.raises(InvalidDataError) as refused:
        function(log)
    told = str(refused.value)
    assert told.startswith("direction must not be outbound or internal; got 'Outbound' (")
    assert "at position 3 (2 bad of" in told
    assert "calls[calls['direction'] == 'Inbound']" in told
    assert "on_error='drop'" in told
    pd.testing.assert_frame_equal(answer(log, on_error="drop"), answer(queue))
    if name != "compare_definitions":
        # Who asks for groups by the direction tells them apart, but for the way words are spelled.
        by = answer(log, by="direction")["direction"]
        assert {"Inbound", "Outbound", "Internal", "Leg 2"} <= set(by.dropna())


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_calls_out_are_no_contacts_of_customers(kind):
    # The call back on the second day answers ann's contact and does not repeat it.
    contacts = pd.DataFrame(
        {
            "arrival": pd.to_datetime(["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-30"]),
            "customer": ["ann", "ann", "bob", "cid"],
            "direction": ["Inbound", "Outbound", "Inbound", "Inbound"],
        }
    )
    frame = contacts if kind == "pandas" else pytest.importorskip("polars").from_pandas(contacts)
    with pytest.raises(InvalidDataError) as refused:
        kpi.first_contact_resolution(frame)
    told = str(refused.value)
    assert told.startswith("direction must not be outbound or internal; got 'Outbound' (")
    assert "at position 1 (1 bad of 4)" in told
    assert "contacts[contacts['direction'] == 'Inbound']" in told
    found = kpi.first_contact_resolution(frame, on_error="drop")
    assert [found[name][0] for name in ("contacts", "observable", "followed")] == [3, 2, 0]
    apart = kpi.first_contact_resolution(frame, by="direction")
    assert list(apart["direction"]) == ["Inbound", "Outbound"]
    assert list(apart["contacts"]) == [3, 1]


def test_calls_of_every_direction_are_in_progress():
    log = logs.calls().assign(direction=["inbound", "outbound"] * (len(logs.calls()) // 2))
    counted = kpi.concurrency(log, freq="1h")
    pd.testing.assert_frame_equal(
        counted, kpi.concurrency(log.drop(columns="direction"), freq="1h")
    )
    apart = kpi.concurrency(log, freq="1h", by="direction")
    np.testing.assert_allclose(
        apart["in_progress_seconds"].sum(), counted["in_progress_seconds"].sum(), rtol=1e-12
    )


def test_all_rows_of_a_canonical_log_count_where_that_is_asked_for():
    log = logs.calls().assign(direction="outbound")
    assert kpi.validate(log)["rule"].tolist() == ["direction must not be outbound or internal"]
    every = kpi.canonical(log, columns={"direction": None})
    assert "direction" not in every
    assert set(every["direction_export"]) == {"outbound"}
    assert kpi.summarize(every)["offered"].tolist() == [len(log)]
    some = kpi.canonical(log, columns={"direction": None}, where="direction=outbound")
    assert len(some) == len(log)
    meant = kpi.canonical(log, words={"direction": {"outbound": "inbound"}})
    assert kpi.summarize(meant)["offered"].tolist() == [len(log)]

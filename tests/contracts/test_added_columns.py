"""A frame function that adds columns leaves those of its input as they are."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
import recordings
import units
from callstats import day, kpi, qa, staffing
from callstats.errors import InvalidDataError, MissingColumnError
from registry import ROWS, OfFrame, staffed_day

every = pytest.mark.parametrize(
    "row", [row for row in ROWS if isinstance(row, OfFrame)], ids=lambda row: row.name
)


def same(left, right):
    """Whether two columns hold the same values, whatever they call a missing one."""
    pairs = list(zip(left, right, strict=True))
    return all(a == b or (pd.isna(a) and pd.isna(b)) for a, b in pairs)


def asked(call, frame):
    try:
        return call(frame)
    except (ValueError, TypeError) as error:
        return error


@every
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_column_of_the_input_is_refused_or_kept(row, library):
    frame = row.frame()
    result = row.call(frame)
    if not isinstance(result, pd.DataFrame):
        pytest.skip("gives no frame")
    wrap = (lambda made: made) if library == "pandas" else pytest.importorskip("polars").from_pandas
    for name in [name for name in result.columns if name not in frame.columns]:
        observed = [f"seen {at}" for at in range(len(frame))]
        found = asked(row.call, wrap(frame.assign(**{name: observed})))
        if isinstance(found, ValueError | TypeError):
            # An optional column of the input, such as the hold time of a log, may hold no text.
            assert name in str(found)
            continue
        if row.function is kpi.canonical and name not in found:
            # An optional column of another kind, such as a talk that is no duration, is left aside.
            assert list(found[f"{name}_export"]) == observed, name
            if library == "pandas":
                assert name in found.attrs["callstats"]["left_aside"]
            continue
        # Either the column is no part of the result's rows, or it came through as it was.
        values = list(found[name])
        if values and all(str(value).startswith("seen ") for value in values):
            assert len(found) < len(frame) or values == observed, name
        else:
            assert same(values, result[name]), name


def calls_of(frame, **options):
    return {
        "staffing.plan": lambda: staffing.plan(frame, service_level=0.8, threshold=20, **options),
        "day.evaluate": lambda: day.evaluate(frame, by="queue", **options),
        "day.compare": lambda: day.compare(frame, by="queue", **options),
        "day.required_agents": lambda: day.required_agents(
            frame, by="queue", service_level=0.8, **options
        ),
    }


@pytest.mark.parametrize("name", calls_of(None))
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_suffix_keeps_both(name, library):
    frame = staffed_day()
    wrap = (lambda made: made) if library == "pandas" else pytest.importorskip("polars").from_pandas
    plain = calls_of(wrap(frame))[name]()
    added = [column for column in plain.columns if column not in frame.columns]
    seen = frame.assign(service_level=np.linspace(0.5, 0.75, 6), occupancy=0.9)
    with pytest.raises(InvalidDataError, match=r"'service_level', 'occupancy', which.*suffix"):
        calls_of(wrap(seen))[name]()
    both = calls_of(wrap(seen), suffix="_new")[name]()
    assert list(both.columns) == [*seen.columns, *(f"{column}_new" for column in added)]
    assert list(both["service_level"]) == seen["service_level"].tolist()
    for column in added:
        assert same(both[f"{column}_new"], plain[column]), column
    with pytest.raises(InvalidDataError, match=r"got '(load|service_level)_new'"):
        calls_of(wrap(seen.assign(load_new=1, service_level_new=1)), suffix="_new")[name]()
    with pytest.raises(TypeError, match="suffix must be text"):
        calls_of(wrap(seen), suffix=3)[name]()


@pytest.mark.parametrize("name", calls_of(None))
def test_a_result_is_made_anew(name):
    once = calls_of(staffed_day())[name]()
    pd.testing.assert_frame_equal(calls_of(once)[name](), once)


def test_a_required_day_can_be_evaluated():
    needed = day.required_agents(staffed_day(), by="queue", service_level=0.8)
    result = day.evaluate(needed, by="queue", agents="required_agents")
    np.testing.assert_allclose(result["service_level"], needed["service_level"], rtol=1e-9)


def test_a_key_figure_is_not_replaced_by_a_plan():
    times = pd.date_range("2024-03-05 09:00", periods=8, freq="15min")
    calls = pd.DataFrame({"arrival": times, "wait": [5.0, 60] * 4, "talk": 200.0})
    seen = kpi.summarize(calls.assign(outcome="answered"), freq="30min")
    ask = {"calls": "offered", "service_level": 0.8, "threshold": 20}
    with pytest.raises(InvalidDataError, match=r"intervals must not have.*'service_level'"):
        staffing.plan(seen, **ask)
    plan = staffing.plan(seen, **ask, suffix="_planned")
    assert plan["service_level"].tolist() == [0.5] * 4
    assert (plan["service_level_planned"] >= 0.8).all()


def test_assignments_and_quadrants():
    drawn = qa.sample(recordings.calls((20, 3)), n=4, seed=1)
    first = qa.assign(drawn, ["eva", "finn"], seed=1)
    with pytest.raises(InvalidDataError, match="'evaluator', 'calibration'"):
        qa.assign(first, ["gus"], seed=1)
    second = qa.assign(first, ["gus"], seed=1, suffix="_2")
    assert second["evaluator"].tolist() == first["evaluator"].tolist()
    assert set(second["evaluator_2"]) == {"gus"}
    scores = pd.DataFrame({"x": [1, 9], "y": [9, 1], "quadrant": ["north", "south"]})
    ask = {"x": "x", "y": "y", "x_cut": 5, "y_cut": 5}
    with pytest.raises(InvalidDataError, match="'quadrant'"):
        qa.quadrants(scores, **ask)
    found = qa.quadrants(scores, **ask, suffix="_of_scores")
    assert found["quadrant"].tolist() == ["north", "south"]
    assert found["quadrant_of_scores"].tolist() == ["low_high", "high_low"]


def test_replacements_add_up():
    drawn = qa.sample(recordings.calls((20,)), n=3, reserve=3, seed=1)
    ids = drawn["call_id"].tolist()
    once = qa.replace_unusable(drawn, [ids[0]])
    twice = qa.replace_unusable(once, [ids[1]])
    assert twice["replaces"].dropna().tolist() == [ids[0], ids[1]]


def test_samples_and_visits_name_what_is_in_the_way():
    calls = recordings.calls((20, 3))
    with pytest.raises(ValueError, match="'draw'"):
        qa.sample(calls.assign(draw=1), 4, seed=1)
    with pytest.raises(ValueError, match="'period'"):
        qa.sample_periods(calls.assign(period="q1"), 4, periods=2, seed=1)
    with pytest.raises(ValueError, match="'talk'"):
        kpi.visits_as_calls(units.visits().assign(talk=1.0))


def test_every_function_that_takes_a_suffix_is_here():
    taking = [
        row.function for row in ROWS if "suffix" in inspect.signature(row.function).parameters
    ]
    # day.compare takes what day.evaluate takes; day.totals reads what it made.
    known = [
        staffing.plan,
        staffing.cheapest_plan,
        day.evaluate,
        day.required_agents,
        day.totals,
        qa.assign,
        qa.quadrants,
    ]
    assert sorted(map(repr, taking)) == sorted(map(repr, known))


def test_totals_read_results_under_a_suffix():
    frame = staffed_day()
    plain = day.totals(day.evaluate(frame, by="queue"), by="queue")
    seen = frame.assign(service_level=0.5)
    both = day.evaluate(seen, by="queue", suffix="_new")
    pd.testing.assert_frame_equal(day.totals(both, by="queue", suffix="_new"), plain)
    with pytest.raises(MissingColumnError, match="result has no column 'offered_old'"):
        day.totals(both, by="queue", suffix="_old")


def test_a_key_is_not_replaced_by_a_figure():
    scores = recordings.scores().rename(columns={"agent": "n"})
    with pytest.raises(ValueError, match="by must not name a column of the result; got 'n'"):
        qa.shrink(scores, by="n")

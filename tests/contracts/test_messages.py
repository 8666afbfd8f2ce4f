"""A value of the wrong kind is an error that names its argument or column, and what was given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import day, erlang, intervals, kpi, qa, simulate, staffing

CALLS = pd.DataFrame(
    {
        "call_id": [1, 2],
        "arrival": pd.to_datetime(["2024", "2024"]),
        "wait": [1.0, 2.0],
        "outcome": "answered",
    }
)
SCORES = pd.DataFrame(
    {
        "agent": ["a", "a"],
        "rater": ["x", "y"],
        "call_id": [1, 1],
        "score": [1.0, 2.0],
        "date": pd.to_datetime(["2024", "2024"]),
    }
)
HOURS = pd.DataFrame({"calls": [10, 20], "aht": 200.0, "agents": 5})
WRONG = [[], {}, object(), "text", b"bytes", ["raise"], {"raise"}, "\ud800", 10**400]
wrong = pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)

#: Calls that take a number or a word, by the argument that is given a wrong one.
OPTIONS = {
    "kpi.patience confidence": lambda v: kpi.patience(CALLS, confidence=v),
    "kpi.summarize definition": lambda v: kpi.summarize(CALLS, definition=v),
    "kpi.summarize on_error": lambda v: kpi.summarize(CALLS, on_error=v),
    "qa.coaching target": lambda v: qa.coaching(SCORES, target=v),
    "qa.coaching confidence": lambda v: qa.coaching(SCORES, target=1, confidence=v),
    "qa.shrink confidence": lambda v: qa.shrink(SCORES, confidence=v),
    "staffing.plan infeasible": lambda v: staffing.plan(HOURS, asa=20, infeasible=v),
    "staffing.plan suffix": lambda v: staffing.plan(HOURS, asa=20, interval=1800, suffix=v),
    "required_agents rounding": lambda v: staffing.required_agents(5, aht=200, asa=20, rounding=v),
    "blocking invalid": lambda v: erlang.blocking(5, 3.0, invalid=v),
    "blocking threads": lambda v: erlang.blocking(5, 3.0, threads=v),
    "day.evaluate invalid": lambda v: day.evaluate(HOURS, interval=1800, invalid=v),
    "day.evaluate threads": lambda v: day.evaluate(HOURS, interval=1800, threads=v),
    "day.evaluate tolerance": lambda v: day.evaluate(HOURS, interval=1800, tolerance=v),
    "day.evaluate day_cv": lambda v: day.evaluate(HOURS, interval=1800, day_cv=v),
    "day.evaluate definition": lambda v: day.evaluate(HOURS, interval=1800, definition=v),
    "simulate.fit family": lambda v: simulate.fit([1.0, 2.0], family=v),
    "qa.agreement level": lambda v: qa.agreement(SCORES, level=v),
    "qa.run_rules rules": lambda v: qa.run_rules([1.0, 2.0], rules=v),
}


@wrong
@pytest.mark.parametrize("option", OPTIONS)
def test_options_of_a_wrong_kind_are_named(option, value):
    if isinstance(value, int) and option.endswith("threads"):
        pytest.skip("as many threads as there can be")
    if isinstance(value, str) and option.endswith("suffix"):
        pytest.skip("a text is what it takes")
    with pytest.raises((ValueError, TypeError), match=rf"\b{option.split()[-1]} must be"):
        OPTIONS[option](value)


DURATIONS = {
    "aht": lambda v: erlang.asa(5, 3.0, aht=v),
    "patience": lambda v: erlang.asa(5, 3.0, aht=200, patience=v),
    "threshold": lambda v: erlang.service_level(5, 3.0, aht=200, threshold=v),
}


@pytest.mark.parametrize("name", DURATIONS)
@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3]],
        np.timedelta64(5, "M"),
        np.array([5, 6], dtype="m8[Y]"),
        "9" * 400 + ":00",
        "9" * 400,
        "soon",
        b"20",
        object(),
        {},
        True,
    ],
    # Not by repr: that of an object has its address, which differs from process to process.
    ids=lambda value: (
        f"{type(value).__name__} {value}"[:20] if type(value) is not object else "object"
    ),
)
def test_durations_of_a_wrong_kind_are_named(name, value):
    with pytest.raises((ValueError, TypeError), match=name):
        DURATIONS[name](value)


@pytest.mark.parametrize("value", [True, [], {}, ["score"]], ids=repr)
def test_columns_that_are_no_names_are_named(value):
    with pytest.raises((ValueError, TypeError), match="score"):
        qa.shrink(SCORES, score=value)


def test_big_endian_columns_are_read():
    foreign = CALLS.assign(
        call_id=np.arange(2, dtype=">f8"), wait=np.array([1.0, 30.0], dtype=">f4")
    )
    assert kpi.summarize(foreign)["service_level"].tolist() == [0.5]
    assert foreign["wait"].dtype == np.dtype(">f4")
    assert erlang.blocking(np.array([5], dtype=">i4"), 3.0)[0] == erlang.blocking(5, 3.0)


def test_the_limits_of_a_rate_name_their_confidence():
    with pytest.raises((ValueError, TypeError), match="confidence"):
        intervals.proportion(1, 2, confidence="95%")


def test_half_a_character_is_named():
    # Half of a pair of UTF-16, as a file read with errors="surrogatepass" can hold.
    names = pd.Series(["a", "\ud800"], dtype=object)
    calls = CALLS.assign(agent=names)
    with pytest.raises(
        ValueError, match=r"column 'agent' must hold texts .* at position 1 \(1 bad"
    ):
        qa.sample(calls, 1, seed=1)
    with pytest.raises(ValueError, match=r"column 'call_id' must hold texts .* at position 1"):
        qa.sample(calls.assign(agent="a", call_id=names), 1, seed=1)
    assert len(kpi.summarize(calls, by="agent")) == 2

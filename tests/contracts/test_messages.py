"""A value of the wrong kind is an error that names its argument or column, and what was given."""

from __future__ import annotations

import inspect
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from callstats import day, erlang, intervals, kpi, qa, simulate, staffing
from registry import ROWS
from small_calls import arguments

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
    with pytest.raises(ValueError, match=r"column 'agent' must be texts .* at position 1 \(1 bad"):
        qa.sample(calls, 1, seed=1)
    with pytest.raises(ValueError, match=r"column 'call_id' must be texts .* at position 1"):
        qa.sample(calls.assign(agent="a", call_id=names), 1, seed=1)
    assert len(kpi.summarize(calls, by="agent")) == 2


#: Arguments that may hold anything, or whose error speaks of what they are made of.
KNOWN_AS = {
    ("combine_shrinkage", "parts"): "parts|shrinkage",
    ("allocate", "population"): "population|sizes",
    # A page is drawn each time: what it may be called is tested in tests/report.
    ("write", "title"): None,
    ("write", "source"): None,
    # A text is the path of a file, and its error that of the file: tests/scale/test_run.py.
    ("run", "source"): None,
}
#: A packaged file, and one that would have to be fetched.
ELSEWHERE = {"anonymous_bank", "read_anonymous_bank"}
EVERY_WRONG = {
    "an object": object,
    "nothing in a list": list,
    "an object in a list": lambda: [object()],
    "a dict": dict,
    "NaN": lambda: float("nan"),
    "a text": lambda: "x",
    "bytes": lambda: b"x",
    "a complex number": lambda: 1j,
    "more than a double": lambda: 10**400,
    "half a character": lambda: "\ud800",
    "a generator": lambda: (each for each in [1]),
}
#: What names the column that an argument chose, or was to choose.
OF_COLUMNS = r"has no column|a column is named by text; got"


def complaint(row, name, parameter, value):
    """What is wrong with how the function takes a value, None where nothing is."""
    given = {**arguments(row), name: value}
    several = [given.pop(name)] if parameter.kind is parameter.VAR_POSITIONAL else []
    known = KNOWN_AS.get((row.function.__name__, name), name)
    try:
        row.function(*several, **given)
    except UnicodeError as error:
        return repr(error)
    except (ValueError, TypeError) as error:
        # Whatever a message shows can be printed.
        text = str(error).encode().decode()
        return None if re.search(rf"\b({known})\b|{OF_COLUMNS}", text) else f"not named: {text}"
    except Exception as error:
        return repr(error)
    return None


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.function.__name__ not in ELSEWHERE], ids=lambda row: row.name
)
@pytest.mark.filterwarnings("ignore")
def test_every_argument_of_a_wrong_kind_is_answered_or_named(row, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = []
    parameters = inspect.signature(row.function).parameters
    for name, parameter in parameters.items():
        free = KNOWN_AS.get((row.function.__name__, name), name) is None
        if parameter.kind is parameter.VAR_KEYWORD or free:
            continue
        for kind, make in EVERY_WRONG.items():
            if fault := complaint(row, name, parameter, make()):
                found.append(f"{name}, {kind}: {fault}")
    plt.close("all")
    assert not found, "\n".join(found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.function.__name__ not in ELSEWHERE | {"write"}],
    ids=lambda row: row.name,
)
def test_the_small_calls_are_answered(row):
    row.function(**arguments(row))

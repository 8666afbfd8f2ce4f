"""The fields of an error say what its message says."""

from __future__ import annotations

import copy

import pandas as pd
import pytest
from callstats import kpi
from callstats._tables.checks import must_be
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames

LOG = pd.DataFrame(
    {
        "arrival": ["2024-03-05 09:00", "2024-03-05 09:05", "2024-03-05 09:10"],
        "wait": [5.0, -1.0, -2.0],
        "outcome": ["answered", "abandoned", "answered"],
    },
    index=[10, 11, 12],
)


def test_a_log_that_breaks_a_rule():
    with pytest.raises(InvalidDataError) as raised:
        kpi.summarize(LOG)
    error = copy.deepcopy(raised.value)
    assert (error.column, error.rule, error.value) == ("wait", "be >= 0 and < 1e+09 seconds", -1)
    assert (error.position, error.label, error.bad, error.total) == (1, 11, 2, 3)
    assert error.remedy == "on_error"
    assert str(error) == str(raised.value) == error.sentence()
    assert error.sentence("row 12").startswith(
        "wait must be >= 0 and < 1e+09 seconds; got -1.0 at row 12 (2 bad of 3). Pass on_error="
    )


def test_an_argument_that_breaks_a_rule():
    with pytest.raises(
        InvalidDataError, match=r"^share must be < 1; got 3 at position 1 "
    ) as found:
        must_be("share", [0.5, 3, 2], "< 1", pd.Series([0.5, 3, 2]) >= 1)
    assert (found.value.argument, found.value.value, found.value.bad) == ("share", 3, 2)
    with pytest.raises(InvalidDataError, match=r"^share must be < 1; got 3$") as found:
        must_be("share", 3, "< 1", bad=True)
    assert found.value.position is None

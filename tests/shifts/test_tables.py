"""Tables of shift types."""

from __future__ import annotations

import datetime

import pandas as pd
import planning
import pytest
from callstats import shifts


def test_every_start_with_every_length_in_order():
    found = shifts.templates(starts=["22:00", datetime.time(6)], lengths=["8h", 4 * 3600])
    assert found["shift"].tolist() == ["06:00-10:00", "06:00-14:00", "22:00-02:00", "22:00-06:00"]
    assert found["group"].tolist() == ["part", "full", "part", "full"]
    assert found["paid"].equals(found["length"])


def test_unpaid_time_by_length_and_by_breaks():
    one = shifts.templates(starts=["08:00"], lengths=["4h", "8h"], unpaid={"8h": "30min"})
    assert one["paid"].tolist() == [pd.Timedelta("4h"), pd.Timedelta("7.5h")]
    both = shifts.templates(starts=["08:00"], lengths=["4h", "8h"], unpaid="15min")
    assert both["paid"].tolist() == [pd.Timedelta("3.75h"), pd.Timedelta("7.75h")]
    lunch = planning.lunch().assign(shift_length="8h")
    fed = shifts.templates(starts=["08:00"], lengths=["4h", "8h"], breaks=lunch)
    assert fed["paid"].tolist() == [pd.Timedelta("4h"), pd.Timedelta("7h")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"starts": ["24:00"]}, "starts must be times after midnight such as '07:30', < 24 h"),
        ({"lengths": ["25h"]}, "lengths must be whole seconds > 0 and at most 24 hours"),
        ({"unpaid": "9h"}, "unpaid must be no longer than the shift"),
        ({"breaks": planning.lunch().assign(latest="8h")}, "let the break end within its shift"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        shifts.templates(**({"starts": ["08:00"], "lengths": ["8h"]} | change))

"""Questions whose rows must meet: parts give what one pass gives."""

from __future__ import annotations

import pickle

import pandas as pd
import pytest
from callstats import kpi, scale
from cut_logs import contacts, cut, schedule, spells, the_same, units
from pandas.testing import assert_frame_equal

FCR = {"by": "queue", "until": "2025-01-10", "timezone": "Europe/Paris", "contact": None}
#: A plan, the ordinary function, its rows.
PLANS = {
    "states": (scale.States(freq="30min"), lambda f: kpi.states(f, freq="30min"), spells),
    "flagged states": (
        scale.States(freq="day", by=("agent", "state"), on_error="flag"),
        lambda f: kpi.states(f, freq="day", by=("agent", "state"), on_error="flag"),
        spells,
    ),
    "adherence": (
        scale.Adherence(schedule(), freq="1h"),
        lambda f: kpi.adherence(f, schedule(), freq="1h"),
        spells,
    ),
    "adherence of days": (
        scale.Adherence(schedule(), tolerance="1min"),
        lambda f: kpi.adherence(f, schedule(), tolerance="1min"),
        spells,
    ),
    "resolution": (
        scale.FirstContactResolution(**FCR),
        lambda f: kpi.first_contact_resolution(f, **FCR),
        contacts,
    ),
    "productivity": (
        scale.Productivity(by="hall", managers="managers"),
        lambda f: kpi.productivity(f, by="hall", managers="managers"),
        units,
    ),
}


def by_hand(task, rows):
    """What an engine does: all rows of a key to one of three workers."""
    keys = pd.util.hash_pandas_object(rows[list(task.key)].astype("str"), index=False)
    for place in range(3):
        own = rows[keys.to_numpy() % 3 == place]
        if len(own):
            yield pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(task))([(None, own)])))  # noqa: S301 - our own bytes


@pytest.mark.parametrize("case", PLANS)
def test_parts_give_what_one_pass_gives(case):
    plan, function, rows = PLANS[case]
    frame = rows()
    if case.startswith("flagged"):
        frame.loc[4, "end"] = frame.loc[4, "start"] - pd.Timedelta("1s")
    wanted = function(frame)
    the_same(plan.finish(plan.partial(frame)), wanted)
    the_same(scale.run(plan, [*cut(frame, 5, 2)]), wanted, problems=False)
    state = plan.merge([plan.partial(frame[:7]), plan.partial(frame[7:])])
    back = scale.State.from_bytes(state.to_bytes())
    assert back == state
    the_same(plan.finish(back), wanted)
    found = plan.over(lambda task: by_hand(task, frame), None)
    the_same(found, wanted, problems=False)


def test_plans_compare_pickle_and_refuse_another_state():
    one, other = scale.Adherence(schedule()), scale.Adherence(schedule()[:2])
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own bytes
    assert one != other
    with pytest.raises(ValueError, match=r"its schedule is '2 rows with the digest"):
        one.merge([other.partial(spells())])
    with pytest.raises(ValueError, match="takes one pass"):
        scale.run(one, spells(), how="two-pass")


def test_an_engine_must_be_told_when_the_log_ends_and_that_rows_are_contacts():
    with pytest.raises(ValueError, match="until must say when the log ends"):
        scale.FirstContactResolution(contact=None).over(lambda _: iter([]), None)
    with pytest.raises(ValueError, match="contact must be None"):
        scale.FirstContactResolution(until="2025-01-01").over(lambda _: iter([]), None)


def test_polars_parts_give_a_polars_frame():
    import polars as pl

    frame = pl.from_pandas(spells())
    found = scale.run(scale.States(freq="30min"), [frame[:100], frame[100:]])
    assert_frame_equal(
        found.to_pandas(), kpi.states(frame, freq="30min").to_pandas(), check_exact=True
    )

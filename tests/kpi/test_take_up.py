"""Funnels of offers, and lists of those who are left to ask."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import units
from callstats import intervals, kpi, qa
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames


def test_counts_and_rates_by_stage():
    found = kpi.take_up(units.offers(), by="unit")
    assert found["stage"].tolist() == ["eligible", "offered", "accepted"] * 2
    assert found["count"].tolist() == [4, 3, 2, 2, 1, 1]
    assert found["rate_denominator"].tolist() == [5, 4, 3, 3, 2, 1]
    np.testing.assert_allclose(found["rate"], [4 / 5, 3 / 4, 2 / 3, 2 / 3, 1 / 2, 1])
    np.testing.assert_allclose(found["overall_rate"], [1, 3 / 4, 2 / 4, 1, 1 / 2, 1 / 2])
    low, high = intervals.proportion([3], [4])
    assert found["rate_low"][1] == low[0]
    assert found["rate_high"][1] == high[0]


def test_small_units_are_drawn_to_the_mean_as_scores_are():
    random = np.random.default_rng(4)
    unit = random.choice(list("abcdefgh"), 900, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.03, 0.015, 0.005])
    offered = random.random(900) < 0.7
    accepted = offered & (random.random(900) < 0.2 + 0.05 * (unit > "c"))
    frame = pd.DataFrame({"unit": unit, "offered": offered, "accepted": accepted})
    found = kpi.take_up(frame, stages=["offered", "accepted"], by="unit")
    found = found[found["stage"] == "accepted"].set_index("unit")
    scores = frame[frame["offered"]].assign(score=lambda f: f["accepted"].astype(float))
    shrunken = qa.shrink(scores, score="score", by="unit").set_index("unit")
    np.testing.assert_allclose(
        found["shrunken_rate"], shrunken["shrunken"][found.index], rtol=1e-12
    )
    assert (found["rank"] == shrunken["rank"][found.index]).all()


@pytest.mark.parametrize("convert", [pd.DataFrame.copy, lambda f: f.sample(frac=1, random_state=2)])
def test_rows_in_any_order(convert):
    frame = units.offers()
    pd.testing.assert_frame_equal(
        kpi.take_up(frame, by="unit"), kpi.take_up(convert(frame), by="unit"), check_exact=True
    )


def test_stages_out_of_order_are_refused():
    frame = units.offers()
    frame.loc[2, "accepted"] = True
    with pytest.raises(
        InvalidDataError,
        match=r"accepted must be false where offered is not true; got True at position 2",
    ):
        kpi.take_up(frame)
    dropped = kpi.take_up(frame, on_error="drop")
    assert dropped["count"].tolist() == [5, 4, 3]
    flagged = kpi.take_up(frame, on_error="flag")
    assert flagged["flagged"].tolist() == [1, 1, 1]
    unknown = units.offers().astype({"accepted": "boolean"})
    unknown.loc[[2, 4], "accepted"] = pd.NA
    assert kpi.take_up(unknown)["count"].tolist() == [6, 4, 3]
    unknown.loc[0, "accepted"] = pd.NA
    with pytest.raises(InvalidDataError, match="accepted must be known; got missing at position 0"):
        kpi.take_up(unknown)
    with pytest.raises(ValueError, match="stages must be two or more different columns"):
        kpi.take_up(frame, stages=["offered"])


def test_nobody_at_a_stage():
    found = kpi.take_up(units.offers().iloc[:0])
    assert found["count"].tolist() == [0, 0, 0]
    assert found["rate"].isna().all()
    assert len(kpi.take_up(units.offers().iloc[:0], by="unit")) == 0


def test_targets_are_those_left_and_nothing_else_of_them():
    frame = units.offers().set_index("customer", drop=False)
    found = kpi.targets(frame, columns=["customer"], exclude="no_calls")
    assert found.columns.tolist() == ["customer"]
    assert found.index.tolist() == [0]
    assert found["customer"].tolist() == ["c6"]
    asked = kpi.targets(frame, columns=["customer", "unit"], without="accepted")
    assert asked["customer"].tolist() == ["c1", "c2", "c6"]
    assert kpi.targets(frame, columns=["customer"], where={"unit": ["b", "c"]})[
        "customer"
    ].tolist() == ["c6"]
    with pytest.raises(ValueError, match="where must name values of unit; got 'z', which no row"):
        kpi.targets(frame, columns=["customer"], where={"unit": "z"})
    with pytest.raises(ValueError, match="without must be 'offered' or 'accepted'; got 'eligible'"):
        kpi.targets(frame, columns=["customer"], without="eligible")
    unknown = frame.astype({"no_calls": "boolean"})
    unknown.loc["c6", "no_calls"] = pd.NA
    with pytest.raises(InvalidDataError, match="no_calls must be known; got missing"):
        kpi.targets(unknown, columns=["customer"], exclude="no_calls")
    assert len(kpi.targets(unknown, columns=["unit"], exclude="no_calls", on_error="drop")) == 0

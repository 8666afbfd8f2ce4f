"""Hard bounds, and unequal probabilities by the cube method."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import qa
from recordings import calls, every_design, key

pytestmark = pytest.mark.frames


def with_customers(sizes=(60, 40, 3)):
    frame = calls(sizes)
    rng = np.random.default_rng(2)
    return frame.assign(customer=rng.integers(0, 12, len(frame)))


@every_design
def test_at_most_one_of_each_customer(design):
    frame = with_customers()
    for seed in range(20):
        drawn = qa.sample(frame, 8, at_most={"customer": 1}, design=design, seed=seed)
        assert drawn.groupby("agent").size().tolist()[:2] == [8, 8]
        assert not drawn.duplicated(["agent", "customer"]).any()
        assert drawn["weight"][drawn["agent"] != "agent 002"].isna().all()


@every_design
def test_at_least_one_complaint(design):
    frame = with_customers()
    bound = {"call_type": {"d": 1}}
    has = frame.groupby("agent")["call_type"].agg(lambda types: (types == "d").sum())
    for seed in range(20):
        drawn = qa.sample(frame, 4, at_least=bound, design=design, seed=seed)
        assert len(drawn) == 11
        got = drawn.groupby("agent")["call_type"].agg(lambda types: (types == "d").sum())
        assert (got >= has.clip(upper=1)).all()
    short = qa.sample_report(drawn).quotas_not_met
    reason = "fewer of call_type 'd', asked for by at_least"
    assert {"group": "agent 002", "wanted": 1, "drawn": 0, "reason": reason} in short


def test_bounds_together_and_with_reserves():
    frame = with_customers((200, 150))
    limits = {
        "at_most": {"customer": 2, "call_type": {"a": 3}},
        "at_least": {"call_type": {"c": 2, "d": 1}},
    }
    for seed in range(20):
        drawn = qa.sample(frame, 8, **limits, seed=seed)
        assert drawn.groupby("agent").size().tolist() == [8, 8]
        assert drawn.groupby(["agent", "customer"]).size().max() <= 2
        counts = pd.crosstab(drawn["agent"], drawn["call_type"])
        assert (counts["a"] <= 3).all()
        assert (counts["c"] >= 2).all()
        assert (counts["d"] >= 1).all()
        more = qa.sample(frame, 8, **limits, reserve=3, seed=seed)
        assert key(more[~more["reserve"]]) == key(drawn)
        assert more.groupby(["agent", "customer"]).size().max() <= 2


def test_bounds_that_cannot_bind_change_nothing():
    frame = with_customers()
    free = qa.sample(frame, 5, seed=3)
    bound = qa.sample(frame, 5, at_most={"customer": 99}, at_least={"call_type": 0}, seed=3)
    pd.testing.assert_frame_equal(bound, free)


def test_at_most_may_leave_fewer_and_the_report_says_so():
    frame = with_customers((40,)).assign(customer=lambda f: np.arange(len(f)) % 3)
    drawn = qa.sample(frame, 5, at_most={"customer": 1}, seed=3)
    assert sorted(drawn["customer"]) == [0, 1, 2]
    assert qa.sample_report(drawn).quotas_not_met == [
        {"group": "agent 000", "wanted": 5, "drawn": 3, "reason": "at_most allows no more"}
    ]


def test_rows_without_a_level_are_free():
    frame = with_customers((40,)).assign(customer=None)
    drawn = qa.sample(frame, 5, at_most={"customer": 1}, seed=3)
    assert key(drawn) == key(qa.sample(frame, 5, seed=3))


def test_bounds_that_exclude_one_another_name_group_and_bound():
    frame = with_customers((40, 30))
    frame["call_type"] = "order"
    frame.iloc[:2, frame.columns.get_loc("call_type")] = "complaint"
    frame.iloc[:2, frame.columns.get_loc("customer")] = 7
    one = {"at_most": {"customer": 1}, "at_least": {"call_type": {"complaint": 2}}}
    message = (
        r"exclude one another in group 'agent 000': at_least 2 of call_type 'complaint' cannot"
        r" be had \(1 such groups of 2\)"
    )
    with pytest.raises(ValueError, match=message):
        qa.sample(frame, 5, **one, seed=3)
    message = "in group 'agent 000': at_least of 'call_type' asks for more rows than n"
    with pytest.raises(ValueError, match=message):
        qa.sample(frame, 2, at_least={"call_type": {"complaint": 2, "order": 2}}, seed=3)
    with pytest.raises(ValueError, match=r"at_most of 'customer' must be whole numbers >= 0"):
        qa.sample(frame, 2, at_most={"customer": 1.5}, seed=3)
    with pytest.raises(ValueError, match="nearest: 'customer'"):
        qa.sample(frame, 2, at_most={"custmer": 1}, seed=3)


@every_design
def test_other_agents_change_nothing_under_bounds(design):
    frame = with_customers()
    others = with_customers((80, 7)).assign(
        agent="agent 000b", call_type="c", customer=3, call_id=lambda f: "x" + f["call_id"]
    )
    limits = {"at_most": {"customer": 1}, "at_least": {"call_type": {"c": 1}}, "reserve": 2}
    drawn = key(qa.sample(frame, 6, **limits, design=design, seed=3))
    more = key(qa.sample(pd.concat([others, frame]), 6, **limits, design=design, seed=3))
    assert [row for row in more if row[0] != "agent 000b"] == drawn


def test_bounds_keep_the_draw_independent_of_frames_and_order():
    pl = pytest.importorskip("polars")
    frame = with_customers()
    options = {"at_most": {"customer": 1}, "at_least": {"call_type": {"c": 1}}, "seed": 3}
    drawn = key(qa.sample(frame, 6, **options))
    assert key(qa.sample(frame[::-1], 6, **options)) == drawn
    assert key(qa.sample(pl.from_pandas(frame), 6, **options)) == drawn
    as_text = frame.assign(customer=frame["customer"].astype(str).astype("category"))
    assert key(qa.sample(as_text, 6, **options)) == drawn


def test_inclusion_probabilities_are_kept():
    frame = calls((30,)).assign(priority=np.arange(30) % 4)
    expected = 6 * frame["priority"] / frame["priority"].sum()
    hits = pd.Series(0, index=frame.index)
    for seed in range(1_500):
        drawn = qa.sample(frame, 6, inclusion="priority", design="cube", seed=seed)
        hits[drawn.index] += 1
    assert drawn["inclusion_probability"].to_numpy() == pytest.approx(expected[drawn.index])
    assert drawn["weight"].to_numpy() == pytest.approx(1 / expected[drawn.index])
    z = (hits - 1_500 * expected) / np.sqrt(1_500 * expected * (1 - expected)).replace(0, 1)
    # 22 rows that can be drawn: by the binomial tails |z| > 5 is a false alarm in 68,000 runs.
    assert z.abs().max() < 5
    assert hits[expected == 0].sum() == 0
    assert qa.sample_report(drawn).left_out["not eligible"] == 8


def test_inclusion_probabilities_that_sum_to_n_are_taken_as_they_are():
    frame = calls((4, 4))
    given = np.array([0.25, 0.75, 0.5, 0.5] * 2)
    drawn = qa.sample(frame, 2, inclusion=given, design="cube", seed=1)
    expected = pd.Series(given, index=frame.index)[drawn.index]
    assert drawn["inclusion_probability"].tolist() == expected.tolist()


def test_inclusion_is_checked():
    frame = calls((30,)).assign(priority=1.0)
    with pytest.raises(ValueError, match="inclusion needs design='cube'"):
        qa.sample(frame, 5, inclusion="priority", seed=1)
    frame.iloc[[3, 8], -1] = [-1.0, np.nan]
    with pytest.raises(ValueError, match=r"finite; got -1.0 at position 3 \(2 bad of 30\)"):
        qa.sample(frame, 5, inclusion="priority", design="cube", seed=1)
    with pytest.raises(TypeError, match="inclusion must be numbers"):
        qa.sample(frame, 5, inclusion="call_type", design="cube", seed=1)

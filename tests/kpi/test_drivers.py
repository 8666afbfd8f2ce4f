"""Drivers of satisfaction, against all orders of the items; edges."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames

CASES = [
    case
    for case in json.loads(
        (Path(__file__).parents[1] / "reference" / "last_systems.json").read_text(encoding="utf-8")
    )["cases"]
    if case["kind"] == "drivers"
]


def replies(rows, items, seed=0):
    random = np.random.default_rng(seed)
    given = random.integers(1, 6, (items, rows)).astype(float)
    overall = given[0] + given[-1] / 2 + random.normal(size=rows)
    return pd.DataFrame({"overall": overall, **{f"i{k}": row for k, row in enumerate(given)}})


def names(frame):
    return [name for name in frame.columns if name.startswith("i")]


def r_squared(frame, items, weights):
    root = np.sqrt(weights)
    design = np.column_stack([np.ones(len(frame)), frame[list(items)]])
    y = frame["overall"].to_numpy()
    left = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    mean = np.average(y, weights=weights)
    return 1 - (weights * (y - design @ left) ** 2).sum() / (weights * (y - mean) ** 2).sum()


def by_hand(frame, items, weights):
    """What each item adds to R², over all orders in which the items come in."""
    gains = dict.fromkeys(items, 0.0)
    orders = list(itertools.permutations(items))
    for order in orders:
        before = 0.0
        for end, item in enumerate(order, 1):
            after = r_squared(frame, order[:end], weights)
            gains[item] += (after - before) / len(orders)
            before = after
    return gains


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_reference(case):
    frame = pd.DataFrame(case["input"])
    items = [name for name in frame if name != "overall"]
    found = kpi.drivers(frame, overall="overall", items=items, seed=1).set_index("item")
    assert (found["rows"] == case["expect"]["rows"]).all()
    np.testing.assert_allclose(found["r_squared"], case["expect"]["r_squared"], rtol=1e-12)
    for name in ("importance", "importance_share", "mean", "top_box"):
        expected = [case["expect"][name][item] for item in found.index]
        np.testing.assert_allclose(found[name], expected, rtol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_all_orders(seed):
    random = np.random.default_rng(seed)
    frame = replies(int(random.integers(20, 60)), int(random.integers(2, 6)), seed)
    frame = frame.mask(random.random(frame.shape) < 0.02)
    frame["weight"] = random.lognormal(size=len(frame)) if seed % 2 else 1.0
    items = names(frame)
    found = kpi.drivers(
        frame, overall="overall", items=items, weights="weight", draws=100, seed=1
    ).set_index("item")
    complete = frame.dropna()
    expected = by_hand(complete, items, complete["weight"].to_numpy())
    np.testing.assert_allclose(
        found["importance"], [expected[item] for item in items], rtol=1e-10, atol=1e-13
    )
    assert (found["rows"] == len(complete)).all()
    assert (found["incomplete_rows"] == len(frame) - len(complete)).all()
    np.testing.assert_allclose(found["importance"].sum(), found["r_squared"].iloc[0], rtol=1e-12)


def test_groups_are_computed_by_themselves_in_any_order_of_rows():
    frame = pd.concat([replies(40, 3, 1).assign(unit="a"), replies(50, 3, 2).assign(unit="b")])
    given = {"overall": "overall", "items": ["i0", "i1", "i2"], "seed": 3, "by": "unit"}
    both = kpi.drivers(frame, **given)
    mixed = kpi.drivers(frame.sample(frac=1, random_state=1), **given, threads=1)
    pd.testing.assert_frame_equal(both, mixed, check_exact=True)
    alone = kpi.drivers(frame[frame["unit"] == "b"], **given)
    pd.testing.assert_frame_equal(both[3:].reset_index(drop=True), alone, check_exact=True)


def test_limits_cover_the_truth():
    given = {"overall": "overall", "items": ["i0", "i1", "i2"], "seed": 2}
    truth = kpi.drivers(replies(200_000, 3), **given, draws=100)
    inside = np.zeros(3)
    for seed in range(1, 101):
        found = kpi.drivers(replies(150, 3, seed), **given, draws=400)
        inside += found["importance_low"] <= truth["importance"]
        inside -= found["importance_high"] < truth["importance"]
    # The item that does nothing has an importance of 0, which no lower limit reaches.
    assert (inside[[0, 2]] >= 88).all()


def test_notes_say_what_a_figure_is_worth():
    frame = replies(60, 3)
    frame["i1"] = 3.0
    frame["i3"] = 6 - frame["i0"]
    frame["i2"] = np.where(np.arange(60) < 3, 2.0, 5.0)
    found = kpi.drivers(frame, overall="overall", items=names(frame), draws=100, seed=1)
    assert found["note"].tolist() == [
        "the other items determine it",
        "all ratings are equal",
        "at its ceiling: 95% give the highest rating",
        "the other items determine it",
    ]
    assert found["importance"][0] == pytest.approx(found["importance"][3], rel=1e-12)
    assert abs(found["importance"][1]) < 1e-15
    equal = kpi.drivers(
        frame.assign(overall=4.0), overall="overall", items=["i0", "i2"], draws=100, seed=1
    )
    assert equal["note"][0] == "all overall ratings are equal"
    assert equal[["importance", "r_squared", "priority"]].isna().all(axis=None)
    assert equal["mean"].notna().all()
    assert equal["quadrant"].tolist() == ["", ""]
    two = pd.concat([frame.assign(unit="a"), frame[:12].assign(unit="b")])
    few = kpi.drivers(two, overall="overall", items=["i0", "i2", "i3"], by="unit", seed=1)
    assert few["note"][3] == "12 complete rows are too few: 13 are needed"
    assert few["importance"].isna().tolist() == [False] * 3 + [True] * 3


def test_faults_are_named():
    frame = replies(40, 2)
    given = {"overall": "overall", "seed": 1}
    with pytest.raises(ValueError, match="items must be from 2 to 12 columns; got 1"):
        kpi.drivers(frame, items=["i0"], **given)
    with pytest.raises(ValueError, match="items must not hold the overall rating; got 'overall'"):
        kpi.drivers(frame, items=["i0", "overall"], **given)
    with pytest.raises(ValueError, match="items must be different columns; got 'i0' more than on"):
        kpi.drivers(frame, items=["i0", "i0"], **given)
    with pytest.raises(InvalidDataError, match="must have 12 rows with 'overall' and all of 2 ite"):
        kpi.drivers(frame[:10], items=["i0", "i1"], **given)
    with pytest.raises(InvalidDataError, match=r"weight must be > 0 and finite; got 0\.0 at p"):
        kpi.drivers(frame.assign(weight=0.0), items=["i0", "i1"], weights="weight", **given)
    with pytest.raises(InvalidDataError, match="i1 must be finite; got inf at position 3"):
        kpi.drivers(
            frame.assign(i1=frame["i1"].where(frame.index != 3, np.inf)),
            items=["i0", "i1"],
            **given,
        )
    with pytest.raises(ValueError, match="method must be"):
        kpi.drivers(frame, items=["i0", "i1"], method="pearson", **given)
    empty = kpi.drivers(frame[:0], items=["i0", "i1"], **given)
    assert empty["importance"].isna().all()

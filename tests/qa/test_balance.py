"""`balance`: shares, differences, pooled rows, for our samples and for others'."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import qa
from recordings import calls

pytestmark = pytest.mark.frames


def rows(table, **wanted):
    for name, value in wanted.items():
        table = table[table[name].isna() if value is None else table[name] == value]
    return table


def only(table, **wanted):
    found = rows(table, **wanted)
    assert len(found) == 1
    return found.iloc[0]


SMALL = pd.DataFrame(
    {
        "call_id": range(12),
        "agent": ["anna"] * 8 + ["ben"] * 4,
        "call_type": list("ooooccxx") + list("oooc"),
        "talk": [30.0, 90, 90, 200, 400, 700, np.nan, 50, 10, 20, 30, 40],
    }
)


def test_shares_by_hand():
    drawn = SMALL.iloc[[0, 4, 5, 7, 8, 11]]
    table = qa.balance(drawn, SMALL, columns="call_type")
    row = only(table, agent="anna", level="c")
    assert (row["sample_count"], row["population_count"]) == (2, 2)
    assert (row["sample_share"], row["population_share"], row["difference"]) == (0.5, 0.25, 0.25)
    assert row["standardized_difference"] == pytest.approx(0.25 / np.sqrt(0.25 * 0.75))
    # Pooled: anna's half for her 8 recordings, ben's half for his 4.
    pooled = only(table, pooled=True, level="c")
    assert pd.isna(pooled["agent"])
    assert pooled["sample_share"] == pytest.approx(6 / 12)
    assert pooled["population_share"] == pytest.approx(3 / 12)
    assert rows(table, agent="ben")["level"].tolist() == ["c", "o"]
    for _, group in table.groupby("agent", dropna=False):
        squares = group["standardized_difference"] ** 2
        assert group["overall_gap"].tolist() == pytest.approx(
            [np.sqrt(squares.mean())] * len(group)
        )
        assert group["sample_share"].sum() == pytest.approx(1)
        assert group["population_share"].sum() == pytest.approx(1)


def test_numbers_give_bands_mean_and_spread():
    drawn = SMALL.iloc[[0, 4, 6, 8, 11]]
    table = qa.balance(drawn, SMALL, columns="talk")
    anna = rows(table, agent="anna")
    bands = anna[anna["margin"] == "band"]
    expected = ["< 60", "60-120", "120-300", "300-600", ">= 600"]
    assert bands["level"].tolist()[:-1] == expected
    assert pd.isna(bands["level"].tolist()[-1])
    mean = only(table, agent="anna", margin="mean")
    talk = SMALL["talk"][:8]
    assert mean["population_mean"] == pytest.approx(talk.mean())
    assert mean["population_sd"] == pytest.approx(talk.std())
    assert (mean["sample_mean"], mean["sample_count"]) == (pytest.approx(215), 2)
    assert mean["sample_sd"] == pytest.approx(np.std([30, 400], ddof=1))
    assert mean["standardized_difference"] == pytest.approx((215 - talk.mean()) / talk.std())
    other = qa.balance(drawn, SMALL, columns={"talk": [100]})
    assert rows(other, agent="anna", margin="band")["level"].tolist()[:2] == ["< 100", ">= 100"]


def test_a_constant_number_has_no_gap():
    # Sums of 0.1 under unequal weights differ in the last bit; over no spread that is infinite.
    frame = calls((40, 30, 7)).assign(talk=0.1)
    means = rows(qa.balance(qa.sample(frame, 6, seed=1), frame, columns="talk"), margin="mean")
    assert (means["difference"] == 0).all()
    assert (means["population_sd"] == 0).all()
    assert means["standardized_difference"].isna().all()


def test_a_whole_draw_has_no_gap():
    frame = calls((40, 30))
    table = qa.balance(frame, frame, columns=("arrival", "talk", "call_type"))
    assert (table["difference"].abs() < 1e-12).all()
    assert (table["overall_gap"] < 1e-12).all()
    assert set(table["margin"]) == {"three_hours", "weekday", "week", "band", "mean", "level"}


def test_order_of_rows_and_library_change_nothing():
    pl = pytest.importorskip("polars")
    frame = calls((40, 30))
    drawn = qa.sample(frame, 5, seed=1)
    table = qa.balance(drawn, frame, columns=("arrival", "talk", "call_type"))
    turned = qa.balance(drawn[::-1], frame[::-1], columns=("arrival", "talk", "call_type"))
    pd.testing.assert_frame_equal(turned, table, check_exact=True)
    categories = frame.astype({"call_type": "category", "agent": "category"})
    same = qa.balance(drawn, categories, columns=("arrival", "talk", "call_type"))
    pd.testing.assert_frame_equal(same, table, check_dtype=False)
    polars = qa.balance(
        pl.from_pandas(drawn), pl.from_pandas(frame), columns=("arrival", "talk", "call_type")
    )
    assert polars["sample_share"].null_count() == table["sample_share"].isna().sum()
    pd.testing.assert_series_equal(
        pd.Series(polars["difference"].to_list(), name="difference"), table["difference"]
    )


def test_reserves_are_left_out_and_weights_count():
    frame = calls((40, 30))
    drawn = qa.sample(frame, 5, seed=1)
    spare = qa.sample(frame, 5, reserve=4, seed=1)
    columns = ("talk", "call_type")
    table = qa.balance(drawn, frame, columns=columns)
    pd.testing.assert_frame_equal(qa.balance(spare, frame, columns=columns), table)
    # A sample drawn elsewhere has no weights: each group's rows stand for equally many.
    bare = qa.balance(drawn[frame.columns], frame, columns=columns)
    pd.testing.assert_frame_equal(bare, table)
    heavy = drawn.assign(weight=np.where(drawn["call_type"] == "a", 3.0, 1.0))
    row = only(qa.balance(heavy, frame, columns=columns), agent="agent 000", level="a")
    count = row["sample_count"]
    assert row["sample_share"] == pytest.approx(3 * count / (3 * count + 5 - count))


def test_groups_without_a_sample_have_missing_shares():
    table = qa.balance(SMALL.iloc[:3], SMALL, columns="call_type")
    ben = rows(table, agent="ben")
    assert ben["sample_share"].isna().all()
    assert ben["overall_gap"].isna().all()
    assert ben["population_share"].tolist() == [0.25, 0.75]
    nothing = qa.balance(SMALL[:0], SMALL, columns=("call_type", "talk"))
    assert nothing["sample_share"].isna().all()
    empty = qa.balance(SMALL[:0], SMALL[:0], columns=("call_type", "talk"))
    assert list(empty.columns) == list(table.columns)
    assert empty["population_count"].sum() == 0


def test_levels_in_one_of_the_two():
    strange = SMALL.assign(call_type="new")
    table = qa.balance(strange.iloc[:4], SMALL, columns="call_type")
    row = only(table, agent="anna", level="new")
    assert (row["population_share"], row["sample_share"]) == (0, 1)
    assert row["standardized_difference"] == np.inf
    with pytest.raises(ValueError, match=r"'zoe' has none there \(1 such groups of 1\)"):
        qa.balance(SMALL.assign(agent="zoe"), SMALL, columns="call_type")
    with pytest.raises(ValueError, match="sample has no column 'call_type'"):
        qa.balance(SMALL[["agent"]], SMALL, columns="call_type")
    with pytest.raises(ValueError, match="'talk' is a number in recordings, a category in sample"):
        qa.balance(SMALL.astype({"talk": str}), SMALL, columns="talk")


def test_groups_of_whole_numbers_and_of_several_columns():
    frame = calls((40, 30)).assign(agent=lambda f: f["agent"].str[-3:].astype(int))
    drawn = qa.sample(frame, 5, seed=1)
    table = qa.balance(drawn, frame, columns="call_type")
    assert sorted(table["agent"].dropna().unique()) == [0, 1]
    both = qa.balance(drawn, frame, by=("agent", "call_type"), columns="talk")
    assert both.columns[:3].tolist() == ["agent", "call_type", "pooled"]
    assert both[both["pooled"]][["agent", "call_type"]].isna().all(axis=None)
    polars = pytest.importorskip("polars")
    same = qa.balance(polars.from_pandas(drawn), polars.from_pandas(frame), columns="call_type")
    assert same["agent"].to_list() == [None if pd.isna(v) else v for v in table["agent"]]


def test_a_lottery_has_the_gap_that_theory_says():
    frame = calls((100,) * 80, seed=4)
    gaps = []
    for seed in range(10):
        drawn = qa.sample(frame, 5, design="simple", seed=seed)
        table = qa.balance(drawn, frame, columns="call_type")
        gaps += (table[~table["pooled"]].groupby("agent")["overall_gap"].first() ** 2).tolist()
    # 800 groups whose squared gaps have a standard deviation of about 0.2: five standard errors.
    assert abs(np.mean(gaps) - 95 / (5 * 99)) < 0.035

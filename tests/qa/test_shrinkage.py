"""Scores drawn towards the centre: closed forms, and nearer to the truth than the means are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import recordings
from callstats import qa

pytestmark = pytest.mark.frames


def team(agents: int, each: int, between: float, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Scores of agents whose true means are known."""
    rng = np.random.default_rng(seed)
    truth = 80 + between * rng.standard_normal(agents)
    agent = np.repeat(np.arange(agents), each)
    rows = pd.DataFrame(
        {"agent": agent, "score": truth[agent] + 8 * rng.standard_normal(len(agent))}
    )
    return rows, truth


def test_equal_numbers_are_a_closed_form():
    rows, _ = team(12, 5, 4, seed=1)
    means = rows.groupby("agent")["score"].mean()
    within = rows.groupby("agent")["score"].var().mean()
    between = means.var() - within / 5
    table = qa.shrink(rows)
    error = within / 5
    pull = 9 / 11 * error / (error + between)
    centre = means.mean()
    np.testing.assert_allclose(table["centre"], centre, rtol=1e-12)
    np.testing.assert_allclose(table["within_sd"], np.sqrt(within), rtol=1e-12)
    np.testing.assert_allclose(table["between_sd"], np.sqrt(between), rtol=1e-10)
    np.testing.assert_allclose(table["reliability"], 1 - pull, rtol=1e-10)
    np.testing.assert_allclose(
        table["shrunken"], centre + (1 - pull) * (means - centre), rtol=1e-12
    )
    allowance = 2 / 9 * pull**2 * (means - centre) ** 2
    variance = error * (1 - 11 / 12 * pull) + allowance
    np.testing.assert_allclose(table["standard_error"], np.sqrt(variance), rtol=1e-10)
    assert sorted(table["rank"]) == list(range(1, 13))
    assert table.loc[table["rank"] == 1, "shrunken"].item() == table["shrunken"].max()


def test_drawn_in_scores_are_nearer_to_the_truth():
    plain = drawn = held = 0.0
    for seed in range(40):
        rows, truth = team(50, 5, 3, seed)
        table = qa.shrink(rows)
        plain += ((table["mean"] - truth) ** 2).sum()
        drawn += ((table["shrunken"] - truth) ** 2).sum()
        held += ((table["low"] <= truth) & (truth <= table["high"])).sum()
    # In theory 9 / (9 + 64 / 5) = 0.41 of the error is left, and more for what is estimated.
    assert drawn < 0.5 * plain
    # Measured over 300 draws: 0.937 of limits hold, with a standard deviation of 0.08 a draw.
    assert 0.937 - 4 * 0.08 / np.sqrt(40) < held / 2000 < 0.937 + 4 * 0.08 / np.sqrt(40)


def test_agents_alike_are_drawn_nearly_together():
    rows, _ = team(100, 5, 0, seed=3)
    table = qa.shrink(rows)
    assert table["shrunken"].std() < 0.35 * table["mean"].std()


def test_few_agents_teach_nothing_about_each_other():
    rows, _ = team(3, 5, 4, seed=2)
    table = qa.shrink(rows)
    np.testing.assert_allclose(table["shrunken"], table["mean"], rtol=1e-12)
    assert (table["reliability"] == 1).all()


def test_fewer_scores_are_drawn_in_farther():
    rows, _ = team(20, 10, 4, seed=4)
    rows = pd.concat([rows[rows["agent"] > 0], rows[rows["agent"] == 0][:2]])
    table = qa.shrink(rows)
    assert table["n"].tolist() == [2] + [10] * 19
    assert (table["reliability"][0] < table["reliability"][1:]).all()


def test_edges():
    same = pd.DataFrame({"agent": list("aabbccdd"), "score": 5.0})
    table = qa.shrink(same)
    assert table["shrunken"].tolist() == [5.0] * 4
    assert table["rank"].tolist() == [1.0] * 4
    once = pd.DataFrame({"agent": list("abcde"), "score": range(5)})
    assert qa.shrink(once)["shrunken"].isna().all()
    gap = pd.DataFrame({"agent": list("aabbccdde"), "score": [1, 2, 3, 4, 5, 6, 7, 8, np.nan]})
    table = qa.shrink(gap)
    assert table["n"].tolist() == [2, 2, 2, 2, 0]
    assert table["shrunken"].isna().tolist() == [False] * 4 + [True]
    assert len(qa.shrink(gap[:0])) == 0


def test_nothing_depends_on_the_order_of_rows():
    rows = recordings.scores()
    for ask in (qa.shrink, lambda rows: qa.coaching(rows, target=80)):
        pd.testing.assert_frame_equal(
            ask(rows.sample(frac=1, random_state=1)), ask(rows), check_exact=True
        )


def test_wrong_scores_are_told():
    rows = recordings.scores().astype({"score": float})
    rows.loc[3, "score"] = np.inf
    with pytest.raises(ValueError, match="'score' of scores must be finite; got inf at position 3"):
        qa.shrink(rows)
    with pytest.raises(ValueError, match="by column 'agent' must have a value"):
        qa.shrink(rows[:3].assign(agent=None))


def course(agents: dict[str, tuple[float, float, float]], each: int = 12) -> pd.DataFrame:
    """Scores by level, points per 30 days, and spread."""
    rng = np.random.default_rng(9)
    parts = []
    for name, (level, trend, sd) in agents.items():
        months = np.arange(each) / 2
        values = level + trend * (months - months.mean()) + sd * rng.standard_normal(each)
        dates = pd.Timestamp("2025-01-01") + pd.to_timedelta(months * 30, unit="D")
        parts.append(pd.DataFrame({"agent": name, "date": dates, "score": values}))
    return pd.concat(parts, ignore_index=True)


def test_segments_are_those_that_were_made():
    made = {
        "coach": (60, 0, 1),
        "follow_up": (65, 5, 1),
        "watch": (90, -5, 1),
        "steady": (82, 0, 12),
        "share": (95, 0, 1),
    }
    rows = course(made | {f"typical {i}": (80.0, 0.0, 1.0) for i in range(8)}, each=16)
    table = qa.coaching(rows, target=80).set_index("agent")
    for name in made:
        assert table.loc[name, "segment"] == name
    # Told at 90 %, so that one of eight may be off by chance.
    assert (table["segment"].iloc[-8:] == "go_on").sum() >= 5
    assert (table["trend_low"] <= table["trend"]).all()
    assert (table["sd"] > 0).all()


def test_trends_are_lines_drawn_towards_their_mean():
    rows = course({f"a{i}": (80.0, float(i - 4), 2.0) for i in range(9)})
    table = qa.coaching(rows, target=80).set_index("agent")
    own = {}
    for name, part in rows.groupby("agent"):
        months = (part["date"] - rows["date"].min()).dt.total_seconds() / (30 * 86_400)
        own[name] = np.polyfit(months, part["score"], 1)[0]
    slopes = pd.Series(own)
    kept = (table["trend"] - slopes.mean()) / (slopes - slopes.mean())
    assert kept.between(0.8, 1).all()
    np.testing.assert_allclose(kept, kept.iloc[0], rtol=1e-6)


def test_too_few_scores_have_the_teams_figures():
    rows = course({"anna": (80, 0, 3), "ben": (82, 0, 3), "cleo": (78, 0, 3), "dora": (80, 0, 3)})
    one = rows[rows["agent"] == "anna"][:1].assign(agent="emil")
    table = qa.coaching(pd.concat([rows, one]), target=80).set_index("agent")
    assert table.loc["emil", "n"] == 1
    assert table.loc["emil", ["level", "trend", "sd"]].notna().all()
    assert len(qa.coaching(rows[:0], target=80)) == 0
    assert qa.coaching(one, target=80)["segment"].tolist() == ["go_on"]

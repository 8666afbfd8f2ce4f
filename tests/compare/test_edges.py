"""What few teams and few days allow, each with the sentence that says so."""

from __future__ import annotations

import math

import comparisons
import numpy as np
import pandas as pd
import pytest
from callstats import compare
from callstats.errors import InvalidDataError, MissingColumnError

pytestmark = pytest.mark.frames


def values(count: int) -> dict[str, float]:
    random = np.random.default_rng(count)
    return {f"t{unit:02}": float(each) for unit, each in enumerate(random.normal(0, 1, count))}


def first(own: dict[str, float], treated: int) -> list[str]:
    return list(own)[:treated]


@pytest.mark.parametrize(
    ("units", "treated", "splits", "smallest"),
    [
        (8, 4, 70, 2 / 70),
        (6, 3, 20, 0.1),
        (8, 1, 8, 0.125),
        (8, 2, 28, 1 / 28),
        (12, 6, 924, 2 / 924),
    ],
)
def test_few_teams_have_few_splits(units, treated, splits, smallest):
    own = values(units)
    found = compare.permutation(own, first(own, treated))
    assert found.splits == splits
    assert found.smallest_p == pytest.approx(smallest)
    assert found.low <= found.statistic <= found.high
    assert found.confidence >= 0.95
    assert math.isinf(found.low) == (found.smallest_p > 0.05)


@pytest.mark.parametrize(("count", "smallest"), [(4, 0.125), (6, 2 / 64)])
def test_four_pairs_can_never_speak_and_six_can(count, smallest):
    own = values(2 * count)
    names = list(own)
    pairs = list(zip(names[::2], names[1::2], strict=True))
    found = compare.permutation(own, names[::2], pairs=pairs)
    assert found.smallest_p == pytest.approx(smallest)


def test_holm_on_exact_probabilities_can_never_reject_where_step_down_can():
    random = np.random.default_rng(2)
    changes = pd.DataFrame(random.normal(0, 1, (8, 30)), columns=[f"m{at:02}" for at in range(30)])
    changes.loc[:3, "m00"] += 20
    changes.insert(0, "unit", comparisons.TEAMS)
    found = compare.effects(changes, treated=comparisons.TREATED)
    assert (compare.adjust(found["p_permutation"]) > 0.05).all()
    assert found.loc[0, "p_max_t"] == pytest.approx(2 / 70)
    assert found.loc[0, "verdict"] == "higher"
    assert (found["p_max_t"] >= found["p_permutation"] - 1e-12).all()


def test_twenty_against_twenty_is_exact_without_a_seed():
    own = values(40)
    found = compare.permutation(own, first(own, 20))
    assert found.exact
    assert found.splits == math.comb(40, 20)
    # The middle of the distribution is normal by now.
    t = compare.two_samples(list(own.values())[:20], list(own.values())[20:])
    assert found.p_value == pytest.approx(t.p_value, rel=0.02)
    assert found.low == pytest.approx(t.low, rel=0.05)


def test_more_splits_than_the_limit_are_drawn_by_a_seed():
    own = values(60)
    with pytest.raises(ValueError, match=r"seed must be given .* limit=10,000,000; got None"):
        compare.permutation(own, first(own, 30))
    found = compare.permutation(own, first(own, 30), limit=5000, seed=3)
    assert (found.exact, found.splits) == (False, 5001)
    again = compare.permutation(dict(reversed(own.items())), first(own, 30), limit=5000, seed=3)
    assert again == found
    assert found.p_value >= 1 / 5001


def test_a_shift_and_a_scale_change_no_probability():
    own = values(9)
    plain = compare.permutation(own, first(own, 4))
    for shift, scale in [(1e6, 1.0), (0.0, 1e-9), (-40.0, 1e12)]:
        moved = {name: shift + scale * value for name, value in own.items()}
        found = compare.permutation(moved, first(own, 4))
        assert (found.as_extreme, found.p_greater) == (plain.as_extreme, plain.p_greater)
        assert found.low == pytest.approx(scale * plain.low, rel=1e-6)


def test_names_of_units_may_be_of_any_type():
    own = values(12)
    plain = compare.permutation(own, first(own, 6), limit=100, seed=5)
    numbered = {int(name[1:]): value for name, value in own.items()}
    with_zeros = {f"{number:02}": value for number, value in numbered.items()}
    series = pd.Series(with_zeros)
    again = compare.permutation(series, series.index[:6], limit=100, seed=5)
    assert again == plain
    flags = pd.Series([at < 6 for at in range(12)], index=series.index)
    assert compare.permutation(series, flags, limit=100, seed=5) == plain
    found = compare.permutation(numbered, range(6))
    assert found.p_value == compare.permutation(own, first(own, 6)).p_value


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_no_bit(threads):
    own = values(22)
    weights = {name: 1.0 + at % 3 for at, name in enumerate(own)}
    chosen = first(own, 11)
    once = compare.permutation(own, chosen, weights=weights, threads=1)
    assert compare.permutation(own, chosen, weights=weights, threads=threads) == once


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda own: compare.permutation(own, []),
            "treated must be some units and not all; got 0 of 8",
        ),
        (lambda own: compare.permutation(own, list(own)), "got 8 of 8"),
        (
            lambda own: compare.permutation(own, ["x"]),
            "treated must name units that there are .* got 'x'",
        ),
        (lambda own: compare.permutation(own, ["t01", "t01"]), "treated must name each unit once"),
        (
            lambda own: compare.permutation(own | {"t00": math.nan}, ["t01"]),
            "values must be finite; got nan at",
        ),
        (
            lambda own: compare.permutation(own, ["t01"], weights={"t01": 1.0}),
            "weights must be of the units of",
        ),
        (
            lambda own: compare.permutation(own, ["t01"], pairs=[("t01", "t02")]),
            "pairs must hold each of 8 units",
        ),
        (
            lambda own: compare.permutation(own, ["t01"], allowed=[["t02"]]),
            "allowed must hold the split that was",
        ),
        (lambda own: compare.growth(own, own), "before must be >= 0"),
    ],
)
def test_what_is_wrong_with_units_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call(values(8))


def rows(change: float = 0.0, **columns) -> pd.DataFrame:
    frame = comparisons.team_days()
    after = (frame["start"] >= comparisons.AFTER[0]) & frame["team"].isin(comparisons.TREATED)
    return frame.assign(score=frame["score"] + np.where(after, change, 0.0), **columns)


def piloted(frame: pd.DataFrame, **options) -> compare.Pilot:
    given = {
        "treated": comparisons.TREATED,
        "before": comparisons.BEFORE,
        "after": comparisons.AFTER,
        "measures": {"score": "score"},
    }
    return compare.pilot(frame, **{**given, **options})


def codes(found) -> list[str]:
    return found.warnings["code"].tolist()


def caution(found, code: str) -> pd.Series:
    return found.warnings[found.warnings["code"] == code].iloc[0]


def test_a_large_effect_is_shown_and_a_small_one_is_not():
    helped = piloted(rows(10.0), better={"score": "higher"}).effects.iloc[0]
    assert helped["verdict"] == "helped"
    assert helped["p_permutation"] == pytest.approx(2 / 70)
    assert piloted(rows(-10.0), better={"score": "higher"}).effects.loc[0, "verdict"] == "harmed"
    assert piloted(rows(-10.0)).effects.loc[0, "verdict"] == "lower"
    none = piloted(rows())
    assert none.effects.loc[0, "verdict"] == "not shown"
    small = caution(none, "small_effect")
    assert small["figure"] == none.effects.loc[0, "smallest_effect"]
    assert "the pilot could see" in small["text"]
    assert piloted(rows(), matters={"score": 50}).effects.loc[0, "verdict"] == "too small to matter"


def test_the_sentences_say_what_may_be_said_and_what_not():
    none, shown = piloted(rows()), piloted(rows(10.0))
    may, may_not = none.sentences()
    assert may.startswith("You may say: this pilot does not show whether score changed")
    assert may_not.startswith("You may not say: it had no effect on score")
    assert "8 units are the evidence, not the calls" in shown.sentences()[1]
    for found in (none, shown):
        text = str(found)
        assert max(map(len, text.split("\n\n", maxsplit=1)[0].splitlines())) <= 100
        chinese = found.explain("zh")
        assert "可以说" in chinese
        assert "请注意" in chinese


def test_units_that_were_not_drawn_are_warned_of_and_drawn_ones_are_not():
    frame = rows()
    past = frame.groupby("team", as_index=False)["score"].mean()
    plan = compare.choose_teams(past, on=["score"], teams=8, treated=4, seed=1)
    assert "not_random" in codes(piloted(frame))
    planned = piloted(frame, treated=plan)
    assert "not_random" not in codes(planned)
    assert planned.effects.loc[0, "exact_confidence"] >= 0.95
    direct = compare.permutation(
        planned.units.set_index("unit")["change"], plan.treated, allowed=plan.allowed
    )
    assert direct.splits == plan.acceptable
    assert planned.effects.loc[0, "p_permutation"] == direct.p_value


def test_few_splits_many_measures_and_a_primary_one():
    frame = rows()
    three = piloted(frame, treated=["A", "B", "C", "D", "E", "F", "G"])
    assert "8 possible splits give p = 0.125 at best" in caution(three, "few_splits")["text"]
    # One control has no spread of its own: only the permutation speaks.
    assert math.isnan(three.effects.loc[0, "p_value"])
    many = piloted(frame, measures=comparisons.MEASURES)
    assert caution(many, "many_measures")["figure"] == 3
    named = piloted(frame, measures=comparisons.MEASURES, primary="score")
    assert "many_measures" not in codes(named)


def test_looking_again_and_later_than_planned_is_peeking():
    frame = rows()
    past = frame.groupby("team", as_index=False)["score"].mean()
    plan = compare.choose_teams(past, on=["score"], teams=8, treated=4, until="2025-04-14", seed=1)
    early = piloted(frame, treated=plan, after=("2025-03-31", "2025-04-14"))
    assert "peeking" not in codes(early)
    late = piloted(frame, treated=plan)
    texts = late.warnings.loc[late.warnings["code"] == "peeking", "text"].tolist()
    assert "ends 14 days later than planned" in texts[0]
    assert texts[1].startswith("look number 2")


def test_worse_teams_are_expected_back():
    frame = rows()
    worse = frame["team"].isin(comparisons.TREATED) & (frame["start"] < comparisons.AFTER[0])
    frame["score"] -= np.where(worse, 12.0, 0.0)
    found = piloted(frame, better={"score": "higher"})
    text = caution(found, "regression_to_mean")["text"]
    assert "worse before, by 1" in text
    assert "regression_to_mean" not in codes(piloted(frame, better={"score": "lower"}))


def test_a_mix_that_moved_small_units_and_lost_ones():
    frame = rows()
    moved = (frame["team"] == "A") & (frame["start"] >= comparisons.AFTER[0])
    frame.loc[moved, "type"] = "order"
    found = piloted(frame, mix="type")
    assert caution(found, "mix")["text"].startswith("A of type: its share of")
    few = piloted(frame, min_size=100)
    assert "has 28 rows or events on one side, fewer than 100" in caution(few, "size")["text"]
    uneven = frame[(frame["team"] != "H") | (frame["start"].dt.day < 5)]
    assert "times the smallest (H)" in caution(piloted(uneven, min_size=0), "size")["text"]
    lost = piloted(frame[~moved])
    assert caution(lost, "no_data")["text"].startswith("A has no data on one side")
    assert lost.effects.loc[0, "df"] == 5
    assert 0 < lost.effects.loc[0, "p_max_t"] <= 1


def test_unequal_arms_with_unequal_spread_bring_welch():
    frame = rows()
    noisy = frame["team"].isin(["A", "B"]) & (frame["start"] >= comparisons.AFTER[0])
    frame["score"] += np.where(noisy, np.where(frame["team"] == "A", 30.0, -30.0), 0.0)
    found = piloted(frame, treated=["A", "B"])
    assert "Welch's p is" in caution(found, "unequal_arms")["text"]
    assert "unequal_arms" not in codes(piloted(frame))


def test_what_changed_alike_takes_no_part():
    frame = rows().assign(flat=lambda f: np.where(f["start"] < comparisons.AFTER[0], 5.0, 6.0))
    found = piloted(frame, measures=["score", "flat"]).effects.set_index("measure")
    assert found.loc["flat", "p_permutation"] == 1
    assert found.loc["flat", ["p_value", "p_holm", "p_max_t", "low"]].isna().all()
    assert found.loc["flat", "verdict"] == "not shown"
    assert found.loc["score", "p_holm"] == found.loc["score", "p_value"]


def test_row_order_and_libraries_change_no_bit():
    pl = pytest.importorskip("polars")
    frame = rows()
    whole = piloted(frame, measures=comparisons.MEASURES)
    shuffled = frame.sample(frac=1, random_state=2)
    for other in (shuffled, shuffled.assign(team=shuffled["team"].astype("category"))):
        again = piloted(other, measures=comparisons.MEASURES)
        pd.testing.assert_frame_equal(again.effects, whole.effects, check_exact=True)
        pd.testing.assert_frame_equal(again.warnings, whole.warnings, check_exact=True)
    polars = piloted(pl.from_pandas(shuffled), measures=comparisons.MEASURES)
    assert polars.effects["p_max_t"].to_list() == whole.effects["p_max_t"].tolist()
    daily = comparisons.daily()
    ask = {"change": "2025-04-01", "value": "aht", "placebo": True}
    once = compare.series(daily, **ask)
    again = compare.series(daily.sample(frac=1, random_state=3), **ask)
    pd.testing.assert_frame_equal(again.effects, once.effects, check_exact=True)
    assert again.placebo_p == once.placebo_p


def test_what_is_wrong_with_a_pilot_is_named():
    frame = rows()
    with pytest.raises(ValueError, match="before must end when or before after begins"):
        piloted(frame, before=comparisons.AFTER, after=comparisons.BEFORE)
    with pytest.raises(ValueError, match="before must end after it begins"):
        piloted(frame, before=comparisons.BEFORE[::-1])
    with pytest.raises(MissingColumnError, match="'csat'"):
        piloted(frame, measures=["csat"])
    with pytest.raises(InvalidDataError, match="score must be finite; got inf at position 0"):
        piloted(frame.assign(score=[math.inf, *frame["score"][1:]]))
    with pytest.raises(InvalidDataError, match="team must be known"):
        piloted(frame.assign(team=[None, *frame["team"][1:]]))
    with pytest.raises(ValueError, match="primary must be among the measures 'score'; got 'aht'"):
        piloted(frame, primary="aht")


def test_plans_depend_on_names_and_figures_alone():
    past = comparisons.team_history()
    ask = {"on": ["aht", "fcr"], "teams": 8, "treated": 4, "seed": 7}
    plan = compare.choose_teams(past, **ask)
    again = compare.choose_teams(past.sample(frac=1, random_state=1), **ask)
    assert (again.treated, again.chosen) == (plan.treated, plan.chosen)
    assert again.scores.tolist() == plan.scores.tolist()
    drawn = {compare.choose_teams(past, **{**ask, "seed": seed}).treated for seed in range(40)}
    assert len(drawn) > 15
    assert drawn <= set(plan.allowed)
    assert plan.acceptable >= 40
    assert "possible" not in str(plan)
    without = compare.choose_teams(past, exclude=[plan.chosen[0]], **ask)
    assert plan.chosen[0] not in without.chosen


def test_pairs_are_alike_and_have_one_treated_each():
    past = comparisons.team_history()
    plan = compare.choose_teams(past, on=["aht"], teams=8, treated=4, pairs=True, seed=3)
    assert plan.splits == 16
    for one, other in plan.pairs:
        assert (one in plan.treated) != (other in plan.treated)
    text = plan.warnings["text"].tolist()[0]
    assert "16 possible splits give p = 0.125 at best: the exact test can never speak" in text
    with pytest.raises(ValueError, match="treated must be half of teams=8"):
        compare.choose_teams(past, on=["aht"], teams=8, treated=3, pairs=True, seed=3)
    with pytest.raises(ValueError, match="teams must be at most the 12 candidates; got 13"):
        compare.choose_teams(past, on=["aht"], teams=13, treated=3, seed=3)


def test_more_sets_than_can_be_looked_at_are_searched():
    random = np.random.default_rng(8)
    past = pd.DataFrame({"team": range(60), "aht": random.normal(300, 20, 60)})
    plan = compare.choose_teams(past, on=["aht"], teams=8, treated=4, seed=1)
    assert plan.warnings["code"].tolist() == ["search"]
    # Eight neighbours in order are the most alike there are.
    order = np.sort(past["aht"].to_numpy())
    best = min(((order[at : at + 8] - order[at : at + 8].mean()) ** 2).sum() for at in range(53))
    assert plan.spread * past["aht"].var() == pytest.approx(best)


def series(**options):
    given = {"change": "2025-03-24", "value": "aht"}
    return compare.series(comparisons.daily(), **{**given, **options})


def test_few_days_other_months_and_a_slope_are_warned_of():
    few = series(change="2025-03-08")
    assert (
        "5 days before and 35 after: 10 on each side are needed"
        in caution(few, "few_periods")["text"]
    )
    frame = comparisons.daily().assign(aht=200 + 3.0 * np.arange(40) + np.sin(np.arange(40.0)))
    sloped = compare.series(frame, change="2025-04-01", value="aht", weekday=False)
    assert "the level was not flat before the change" in caution(sloped, "trend")["text"]
    assert "the season may be the change" in caution(sloped, "season")["text"]
    assert "season" not in codes(series(control="other"))
    weekly = comparisons.daily()
    weekly = weekly[(weekly["start"].dt.day_of_week < 5) | (weekly["start"] < "2025-03-24")]
    found = compare.series(weekly, change="2025-03-24", value="aht")
    assert "weekday 6 is on one side only" in caution(found, "season")["text"]


def test_a_level_that_walks_is_said_to_drift():
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"start": pd.date_range("2025-01-01", periods=100)})
    frame["aht"] = 300 + np.cumsum(random.normal(0, 3, 100))
    found = compare.series(frame, change="2025-03-22", value="aht", weekday=False, placebo=True)
    assert found.drift_share > 0.3
    assert "slow walk" in caution(found, "drift")["text"]
    assert 0 < found.placebo_p <= 1
    assert len(found.placebo) == 100 - 20 - 30 - 20 + 1
    plain = compare.series(
        frame, change="2025-03-22", value="aht", weekday=False, errors="independent"
    )
    wide, narrow = ((each.effects["high"] - each.effects["low"]).iloc[0] for each in (found, plain))
    assert wide > narrow
    assert plain.drift_share == 0


def test_a_series_without_a_day_on_a_side_is_refused():
    for change in ("2025-03-01", "2025-06-01", ["2025-03-24", "2025-03-24"]):
        with pytest.raises(
            ValueError, match="change must have a day of its own before and after it"
        ):
            series(change=change)
    # Mondays to Fridays before, a weekend after.
    days = [*pd.bdate_range("2025-03-03", periods=10), *pd.date_range("2025-03-15", periods=2)]
    frame = pd.DataFrame({"start": days, "aht": range(12)})
    with pytest.raises(ValueError, match="change must not fall together with a weekday"):
        compare.series(frame, change="2025-03-15", value="aht")
    with pytest.raises(TypeError, match="value must be a column, or a pair"):
        series(value=("aht",))


def test_two_points_say_that_it_moved_and_no_more():
    months = pd.DataFrame(
        {"start": pd.to_datetime(["2025-01-01", "2025-02-01"]), "hours": [31.85, 15.68]}
    )
    ask = {
        "before": ("2025-01-01", "2025-02-01"),
        "after": ("2025-02-01", "2025-03-01"),
        "measures": ["hours"],
    }
    found = compare.periods(months, **ask).iloc[0]
    assert found["absolute"] == pytest.approx(-16.17)
    assert found["relative"] == pytest.approx(-0.5076923)
    assert math.isnan(found["p_value"])
    assert found["codes"] == "few_periods"
    assert found["warnings"].startswith("two points cannot be told from ordinary movement")
    past = pd.DataFrame(
        {"start": pd.date_range("2024-01-01", periods=12, freq="MS"), "hours": [30.0, 20.0] * 6}
    )
    longer = compare.periods(pd.concat([past, months]), **ask).iloc[0]
    assert "the last 12 changes ran from -10 to 11.85" in longer["warnings"]


def test_days_on_both_sides_bring_limits_that_hold():
    found = compare.periods(
        comparisons.team_days(),
        before=comparisons.BEFORE,
        after=comparisons.AFTER,
        measures={"fcr": ("resolved", "answered"), "score": "score"},
    )
    assert (found["days_before"] == 28).all()
    assert (found["low"] < found["absolute"]).all() or found["p_value"].notna().all()
    assert found["codes"].tolist() == ["", ""]
    inside = (found["sampling_low"] < found["absolute"]) & (
        found["absolute"] < found["sampling_high"]
    )
    assert inside.all()
    # Chance of the replies alone: 1,000 a month, 2.4 points.
    replies = pd.DataFrame({"start": ["2025-01-01", "2025-02-01"], "good": [912, 923], "all": 1000})
    month = compare.periods(
        replies,
        before=("2025-01-01", "2025-02-01"),
        after=("2025-02-01", "2025-03-01"),
        measures={"satisfied": ("good", "all")},
    ).iloc[0]
    assert month["sampling_high"] - month["sampling_low"] == pytest.approx(0.048, abs=0.002)


def test_a_share_that_fell_before_the_fix_is_said_to():
    random = np.random.default_rng(1)
    days = pd.DataFrame({"start": pd.date_range("2025-01-06", periods=84), "size": 60})
    days["events"] = random.binomial(60, np.where(np.arange(84) < 28, 0.3, 0.05))
    found = compare.gap_curve(days, fixes=["2025-03-10"])
    assert "before the fix" in caution(found, "trend")["text"]
    assert found.changes.loc[0, "start"] < pd.Timestamp("2025-02-10")
    assert found.changes.loc[0, "orders"] == 10_000
    again = compare.gap_curve(days.sample(frac=1, random_state=1), fixes=["2025-03-10"])
    pd.testing.assert_frame_equal(again.changes, found.changes, check_exact=True)
    few = compare.gap_curve(days[:10])
    assert few.changes["p_value"].isna().all()
    assert codes(few) == ["few_periods"]


def test_topics_have_fixes_of_their_own():
    rows = comparisons.gaps()
    found = compare.gap_curve(rows, topic="topic", fixes={"closing": ["2025-03-24"]})
    assert found.fixes["topic"].tolist() == ["closing"]
    assert found.phases["topic"].tolist() == ["closing", "closing", "identity"]
    rates = compare.gap_curve(rows, topic="topic", kind="u")
    assert (rates.curve["upper"] > rates.curve["centre"]).all()
    with pytest.raises(ValueError, match="fixes must map topics that the frame has; got 'x'"):
        compare.gap_curve(rows, topic="topic", fixes={"x": ["2025-03-24"]})
    with pytest.raises(InvalidDataError, match="events must be <= size"):
        compare.gap_curve(rows.assign(events=99))


def test_history_says_how_far_units_move():
    random = np.random.default_rng(4)
    days = pd.date_range("2025-01-06", periods=200)
    frame = pd.DataFrame({"start": np.tile(days, 12), "team": np.repeat(range(12), 200)})
    common = np.tile(random.normal(0, 50, 10).repeat(20), 12)
    frame["aht"] = 300 + common + random.normal(0, 10, 2400)
    found = compare.spread(frame, measures=["aht"], days=20).iloc[0]
    # Nothing but the rows' own chance: sqrt(2) * 10 / sqrt(20).
    assert found["chance_sd"] == pytest.approx(3.16, rel=0.05)
    assert found["unit_change_sd"] == pytest.approx(found["chance_sd"], rel=0.25)
    assert (found["windows"], found["units"]) == (10, 12)
    with pytest.raises(
        ValueError, match="days must leave two windows of the 200 days of history; got 101"
    ):
        compare.spread(frame, measures=["aht"], days=101)


def test_growth_speaks_two_languages():
    before = {"c0": 410, "c1": 520, "c2": 333, "c3": 610}
    found = compare.growth(before, {name: 2 * value for name, value in before.items()})
    assert "all 4 together: +100.0%" in str(found)
    assert "合计" in found.explain("zh")
    assert found.to_frame()["growth"].tolist() == [1.0] * 4
    with pytest.raises(ValueError, match="after must be of the units of before; got none for 'c3'"):
        compare.growth(before, dict.fromkeys(list(before)[:3], 1))

"""Agreement against ``reference/agreement.json``: exact fractions, and established packages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import qa

pytestmark = pytest.mark.frames
CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "agreement.json").read_text(encoding="utf-8")
)["cases"]
LEVELS = ("nominal", "ordinal", "interval", "ratio")


def having(measure: str) -> pytest.MarkDecorator:
    chosen = [case for case in CASES if case["expect"].get(measure)]
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["case"])


def ratings(case: dict) -> pd.DataFrame:
    """The case as rows; null is a row without a score."""
    given = case["input"]
    if "scores" in given:
        units = given["scores"]
    elif "table" in given:
        names = given["categories"]
        cells = [(i, j) for i in range(len(names)) for j in range(len(names))]
        units = [[names[i], names[j]] for i, j in cells for _ in range(given["table"][i][j])]
    else:
        units = [[k for k, n in enumerate(row) for _ in range(n)] for row in given["counts"]]
    rows = [(u, f"r{r:02d}", s) for u, row in enumerate(units) for r, s in enumerate(row)]
    return pd.DataFrame(rows, columns=["call_id", "rater", "score"]).astype({"score": "Float64"})


def agree(case: dict, level: str = "ordinal", **options) -> qa.Agreement:
    given = case["input"]
    categories = given.get("categories")
    if "counts" in given:
        categories = list(range(len(given["counts"][0])))
    return qa.agreement(ratings(case), level=level, categories=categories, **options)


def same(value: float, expected: float | None) -> None:
    wanted = np.nan if expected is None else float(expected)
    np.testing.assert_allclose(value, wanted, rtol=1e-10, atol=1e-12)


def matches(statistic: qa.Statistic, expected: dict) -> None:
    same(statistic.value, expected.get("value", expected.get("kappa")))
    same(statistic.low, expected["low"])
    same(statistic.high, expected["high"])
    for error in {"se", "jackknife_se"} & set(expected):
        same(statistic.standard_error, expected[error])
    for count in {"n", "n_units"} & set(expected):
        assert statistic.n == expected[count] or np.isnan(statistic.value)


@having("alpha")
@pytest.mark.parametrize("level", LEVELS)
def test_alpha(case, level):
    matches(agree(case, level).alpha, case["expect"]["alpha"][level])


@having("cohen")
def test_cohen(case):
    expected, result = case["expect"]["cohen"], agree(case)
    matches(result.kappa, expected["none"])
    matches(result.kappa_linear, expected["linear"])
    matches(result.kappa_quadratic, expected["quadratic"])
    if "linear_by_value" in expected:
        by_value = agree(case, "interval")
        matches(by_value.kappa_linear, expected["linear_by_value"])
        matches(by_value.kappa_quadratic, expected["quadratic_by_value"])


@having("fleiss")
def test_fleiss(case):
    expected = case["expect"]["fleiss"]
    matches(agree(case).fleiss, expected.get("all", expected))


@having("ac1")
def test_gwet(case):
    expected, result = case["expect"], agree(case)
    for name in {"ac1", "ac2_linear", "ac2_quadratic"} & set(expected):
        matches(getattr(result, name), expected[name])


@having("icc")
def test_intraclass(case):
    expected, result = case["expect"]["icc"], agree(case)
    for form, statistic in result.icc.items():
        matches(statistic, expected[form])
        assert statistic.n == expected["n_units"]


@having("bland_altman")
def test_bland_altman(case):
    expected, result = case["expect"]["bland_altman"], agree(case).bland_altman
    assert result.bias.n == expected["n"]
    same(result.sd, expected["sd"])
    matches(
        result.bias,
        {"value": expected["bias"], "low": expected["bias_low"], "high": expected["bias_high"]},
    )
    for name in ("lower", "upper"):
        low, high = expected[f"{name}_ci_approx"]
        matches(getattr(result, name), {"value": expected[name], "low": low, "high": high})
        for end, wanted in zip(
            getattr(result, f"{name}_exact"), expected[f"{name}_ci_exact"], strict=True
        ):
            same(end, wanted)


@having("raters")
def test_raters(case):
    raters = agree(case).raters
    expected = [row for row in case["expect"]["raters"] if row["rated"]]
    assert list(raters.columns) == ["rater", "n", "bias", "sd", "low", "high"]
    assert len(raters) == len(expected)
    for (_, row), wanted in zip(raters.iterrows(), expected, strict=True):
        assert row["n"] == wanted["n"]
        for name in ("bias", "sd"):
            same(row[name], wanted[name])
        same(row["low"], wanted["bias_low"])
        same(row["high"], wanted["bias_high"])


@having("within")
def test_within(case):
    distances = [float(x) for x in case["expect"]["within"]]
    result = agree(case, within=distances).within
    for distance, expected in case["expect"]["within"].items():
        share = result[float(distance)]
        assert (share.near, share.pairs) == (expected["num"], expected["den"])
        same(share.value, expected["value"])


@pytest.fixture
def panel() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "call_id": np.repeat(np.arange(60), 4),
            "rater": np.tile(["dan", "ann", "cat", "bob"], 60),
            "score": np.repeat(rng.integers(0, 6, 60), 4) + rng.integers(0, 3, 240),
        }
    )
    return frame.drop(index=rng.choice(240, 30, replace=False))


@pytest.mark.parametrize("level", LEVELS)
def test_the_jackknife_is_what_leaving_each_unit_out_gives(panel, level):
    whole = qa.agreement(panel, level=level).alpha
    rated = panel.groupby("call_id")["score"].transform("size") > 1
    units = panel.loc[rated, "call_id"].unique()
    scale = sorted(panel["score"].unique())
    without = np.array(
        [
            qa.agreement(panel[panel["call_id"] != u], level=level, categories=scale).alpha.value
            for u in units
        ]
    )
    n = len(units)
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    np.testing.assert_allclose(whole.standard_error, error, rtol=1e-10)


@pytest.mark.parametrize("level", LEVELS)
def test_row_order_and_kinds_of_keys_change_nothing(panel, level):
    expected = qa.agreement(panel, level=level).to_frame()
    shuffled = panel.sample(frac=1, random_state=3).astype({"rater": "category"})
    got = qa.agreement(shuffled.assign(call_id=shuffled["call_id"].astype(str)), level=level)
    pd.testing.assert_frame_equal(got.to_frame(), expected, rtol=1e-12)
    pl = pytest.importorskip("polars")
    other = qa.agreement(pl.from_pandas(panel), level=level)
    assert isinstance(other.raters, pl.DataFrame)
    np.testing.assert_array_equal(other.to_frame()["value"].to_numpy(), expected["value"])
    assert other.raters["rater"].to_list() == ["ann", "bob", "cat", "dan"]


def test_texts_are_rated_too():
    words = pd.DataFrame(
        {
            "call_id": [1, 1, 2, 2, 3, 3, 4, 4],
            "rater": ["a", "b"] * 4,
            "score": ["poor", "poor", "good", "fair", "good", "good", "fair", "fair"],
        }
    )
    scale = ["poor", "fair", "good"]
    numbers = words.assign(score=words["score"].map(scale.index))
    for level in ("nominal", "ordinal"):
        got = qa.agreement(words, level=level, categories=scale)
        like = qa.agreement(numbers, level=level)
        for name in ("alpha", "kappa", "kappa_quadratic", "fleiss", "ac2_linear"):
            assert getattr(got, name) == getattr(like, name)
        assert np.isnan(got.icc["2,1"].value)
        assert got.raters["bias"].isna().all()
    ordered = words.assign(score=pd.Categorical(words["score"], categories=scale, ordered=True))
    assert qa.agreement(ordered, level="ordinal").alpha == got.alpha
    with pytest.raises(TypeError, match="score must be numbers at the interval level; got 'fair'"):
        qa.agreement(words)


def test_nothing_rated():
    nothing = pd.DataFrame({"call_id": [1], "rater": ["a"], "score": [np.nan]})
    for frame in (nothing, nothing[:0]):
        result = qa.agreement(frame)
        assert result.units == result.ratings == 0
        assert np.isnan(float(result.alpha))
        assert result.to_frame()["value"].isna().all()
        assert len(result.raters) == 0


def test_raters_who_differ_by_a_constant_on_units_that_do_not():
    rows = pd.DataFrame(
        {"call_id": [1, 1, 2, 2, 3, 3], "rater": list("ab") * 3, "score": [1, 2] * 3}
    )
    icc = qa.agreement(rows).icc
    assert icc["2,1"].value == 0
    assert np.isnan([icc["2,1"].low, icc["2,1"].high, icc["3,1"].value]).all()


def test_wrong_ratings_are_told(panel):
    twice = pd.concat([panel, panel[:2]])
    with pytest.raises(
        ValueError, match=r"one rating of a unit by a rater; .* again \(2 repeated\)"
    ):
        qa.agreement(twice)
    with pytest.raises(ValueError, match="score must be one of the categories; got"):
        qa.agreement(panel, categories=[0, 1, 2])
    with pytest.raises(ValueError, match="score must be >= 0 at the ratio level; got"):
        qa.agreement(panel.assign(score=panel["score"] - 3), level="ratio")
    with pytest.raises(ValueError, match="level must be"):
        qa.agreement(panel, level="metric")
    with pytest.raises(ValueError, match="within must be"):
        qa.agreement(panel, within=[-1])
    with pytest.raises(ValueError, match="scores has no column 'points'"):
        qa.agreement(panel, score="points")
    with pytest.raises(ValueError, match="'rater' must have a value in every row"):
        qa.agreement(panel.assign(rater=None))


def test_exact_limits_of_one_pair_are_missing_and_of_many_near_the_approximate_ones():
    one = pd.DataFrame({"call_id": [1, 1], "rater": ["a", "b"], "score": [3, 4]})
    assert np.isnan(qa.agreement(one).bland_altman.upper_exact).all()
    rng = np.random.default_rng(3)
    many = pd.DataFrame(
        {
            "call_id": np.repeat(np.arange(5_000), 2),
            "rater": ["a", "b"] * 5_000,
            "score": rng.normal(size=10_000),
        }
    )
    found = qa.agreement(many, confidence=0.9).bland_altman
    assert found.lower_exact == pytest.approx((found.lower.low, found.lower.high), abs=2e-3)
    assert found.upper_exact == pytest.approx((found.upper.low, found.upper.high), abs=2e-3)


def test_limits_of_the_raters_mean_enclose_it_where_raters_disagree():
    rng = np.random.default_rng(4)
    scores = rng.integers(1, 5, 10)
    rows = pd.DataFrame(
        {"call_id": np.repeat(np.arange(5), 2), "rater": ["a", "b"] * 5, "score": scores}
    )
    for statistic in qa.agreement(rows).icc.values():
        assert statistic.low <= statistic.value <= statistic.high
    assert qa.agreement(rows).icc["2,k"].low == -np.inf


def two_raters(*pairs: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "call_id": np.repeat(np.arange(len(pairs)), 2),
            "rater": ["a", "b"] * len(pairs),
            "score": [score for pair in pairs for score in pair],
        }
    )


def test_absolute_agreement_of_two_calls_has_the_limits_of_its_formula():
    # Satterthwaite's degrees of freedom are 0.10 here; F quantiles at 50 digits by mpmath.
    icc = qa.agreement(two_raters((65, 36), (8, 70))).icc["2,1"]
    np.testing.assert_allclose(
        [icc.value, icc.low, icc.high],
        [-4.791100123609394, -7.604224058769513, 0.8699782861489844],
        rtol=1e-11,
    )


def test_a_small_team_does_not_take_the_figures_of_the_others():
    small = two_raters((65, 36), (8, 70)).assign(team="small")
    large = two_raters((65, 66), (8, 10), (40, 44)).assign(team="large")
    table = qa.agreement_by(pd.concat([small, large]), "team")
    assert table.groupby("team").size().to_dict() == {"large": 18, "small": 18}


@pytest.mark.parametrize("level", ["nominal", "interval"])
def test_ratings_that_never_match_leave_open_how_often_others_would(level):
    result = qa.agreement(two_raters((1, 2), (3, 4), (5, 6), (7, 9)), level=level)
    # None of four calls: P(none) is a 40th at a share of 1 - 0.025^(1/4).
    most = 1 - 0.025**0.25
    share = result.within[0.0]
    np.testing.assert_allclose([share.low, share.high], [0, most], rtol=1e-12)
    # Chance agreement is 0 for Cohen's kappa and 1/8 for the others.
    np.testing.assert_allclose([result.kappa.low, result.kappa.high], [0, most], rtol=1e-12)
    for measure in (result.fleiss, result.ac1):
        expected = [-1 / 7, (most - 1 / 8) / (7 / 8)]
        np.testing.assert_allclose([measure.low, measure.high], expected, rtol=1e-12)


def test_ratings_that_always_match_leave_open_how_often_others_would():
    share = qa.agreement(two_raters((1, 1), (3, 3), (5, 5))).within[0.0]
    np.testing.assert_allclose([share.low, share.high], [0.025 ** (1 / 3), 1], rtol=1e-12)

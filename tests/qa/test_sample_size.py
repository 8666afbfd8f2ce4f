"""Sample sizes against ``reference/sample_size_reference.csv``, made with exact fractions."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from callstats.qa import margin_of_error, power_sample_size, sample_size

TABLE = Path(__file__).parents[1] / "reference" / "sample_size_reference.csv"


def rows(*kinds: str) -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] in kinds]


def cases(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows(*kinds), ids=lambda row: row["case"])


#: Columns of the table and the arguments they are.
ARGUMENTS = {
    "z": "z",
    "conf": "confidence",
    "sigma": "sd",
    "delta": "margin",
    "N": "population",
    "deff": "design_effect",
    "resp": "response",
}


def arguments(row: dict[str, str], **extra: Any) -> dict[str, Any]:
    given = {name: float(row[column]) for column, name in ARGUMENTS.items() if row[column]}
    return given | ({"fpc": row["fpc_form"]} if row["fpc_form"] else {}) | extra


def agrees(size: Any, row: dict[str, str], **question: Any) -> None:
    assert size(**question) == float(row["n"])
    np.testing.assert_allclose(
        size(**question, rounding=None), float(row["n_unrounded"]), rtol=1e-12
    )


@cases("mean")
def test_means(row):
    agrees(sample_size, row, **arguments(row))


@cases("proportion")
def test_shares(row):
    agrees(sample_size, row, **arguments(row, proportion=float(row["p"])))


@cases("mean_t")
def test_students(row):
    agrees(sample_size, row, **arguments(row, method="t"))


@cases("proportion_wilson")
def test_wilsons(row):
    question = arguments(row, proportion=float(row["p"]), method="wilson")
    n = sample_size(**question)
    assert n == float(row["n"])
    margin = question.pop("margin")
    assert margin_of_error(n, **question) <= margin < margin_of_error(n - 1, **question)


@cases("mean_domain")
def test_a_domain_is_reached_by_its_share(row):
    agrees(sample_size, row, **arguments(row, response=float(row["p"])))


@cases("power_one_mean", "power_two_means")
def test_power_of_means(row):
    agrees(
        power_sample_size,
        row,
        difference=float(row["delta"]),
        sd=float(row["sigma"]),
        power=float(row["power"]),
        confidence=float(row["conf"]),
        groups=1 if row["kind"] == "power_one_mean" else 2,
    )


@cases("power_two_proportions")
def test_power_of_shares(row):
    agrees(
        power_sample_size,
        row,
        proportions=(float(row["p"]), float(row["p2"])),
        power=float(row["power"]),
        confidence=float(row["conf"]),
    )


def test_published_sizes():
    assert sample_size(margin=0.05, proportion=0.5) == 385
    assert sample_size(margin=0.05, proportion=0.5, population=1000) == 278
    assert sample_size(margin=0.03, proportion=0.5) == 1068
    assert sample_size(margin=0.03, proportion=0.5, confidence=0.99, population=60_000) == 1789
    assert sample_size(margin=2, sd=8) == 62


@pytest.mark.parametrize(
    "question",
    [
        {"sd": 12.5},
        {"sd": 12.5, "fpc": "sigma"},
        {"sd": 12.5, "method": "t"},
        {"proportion": 0.82},
        {"proportion": 0.82, "method": "wilson"},
    ],
    ids=str,
)
@pytest.mark.parametrize("population", [7, 60, 2500, None])
@pytest.mark.parametrize("design_effect", [0.6, 1, 1.7])
def test_one_recording_fewer_does_not_hold_the_margin(question, population, design_effect):
    margin = np.array([0.04, 0.011, 0.2]) * (1 if "proportion" in question else 40)
    given = question | {"population": population, "design_effect": design_effect}
    n = sample_size(margin=margin, **given)
    assert (n == np.floor(n)).all()
    assert (margin_of_error(n, **given) <= margin * (1 + 1e-9)).all()
    least = 2 if question.get("method") == "t" else 1
    fewer = n[n > least] - 1
    assert (margin_of_error(fewer, **given) > margin[n > least]).all()


def test_edges():
    assert sample_size(margin=1, sd=0) == 0
    assert sample_size(margin=1, sd=5, population=0) == 0
    assert sample_size(margin=0.1, proportion=0.5, population=0) == 0
    assert sample_size(margin=1e-9, proportion=0.5, population=40) == 40
    assert margin_of_error(0, sd=3) == np.inf
    assert margin_of_error(40, sd=3, population=40) == 0
    assert np.isnan(margin_of_error(1, sd=3, method="t"))
    assert margin_of_error(0, proportion=0.2, method="wilson") == 0.5
    assert np.isnan(power_sample_size(proportions=(0.4, 0.4)))
    assert np.isnan(sample_size(margin=[np.nan], sd=1)).all()


def test_questions_that_do_not_fit_are_refused():
    for wrong, words in [
        ({}, "exactly one of sd"),
        ({"sd": 1, "proportion": 0.5}, "exactly one of sd"),
        ({"proportion": 0.5, "method": "t"}, "method 't' is for sd"),
        ({"sd": 1, "method": "wilson"}, "method 'wilson' is for proportion"),
        ({"sd": 1, "method": "t", "z": 2}, "method 't' takes confidence"),
        ({"sd": 1, "method": "z"}, "method must be .*got 'z'"),
        ({"sd": 1, "fpc": "s"}, "fpc must be .*got 's'"),
        ({"sd": 1, "rounding": "floor"}, "rounding must be"),
        ({"proportion": 50}, r"proportion must be between 0 and 1; got 50\.0"),
        ({"sd": 1, "population": 0.5}, r"population must be 0 or >= 1 .*; got 0\.5"),
    ]:
        with pytest.raises(ValueError, match=words):
            sample_size(margin=1, **wrong)
    for wrong, words in [
        ({}, "exactly one of difference"),
        ({"difference": 1}, "difference needs sd"),
        ({"difference": 0, "sd": 1}, r"difference must be finite and not 0; got 0\.0"),
        ({"proportions": 0.5}, "proportions must be a pair"),
        ({"proportions": (0.5, 0.6), "groups": 1}, "compare two groups"),
        ({"difference": 1, "sd": 1, "groups": 3}, "groups must be 1 or 2"),
    ]:
        with pytest.raises(ValueError, match=words):
            power_sample_size(**wrong)

"""Allocations against ``reference/sample_size_reference.csv``, exact optima in whole numbers."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats.qa import allocate

TABLE = Path(__file__).parents[1] / "reference" / "sample_size_reference.csv"


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"].startswith("alloc_")]


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split("|")]


def objective(method, population, sd, *, exponent, n, taken):
    population, taken = np.array(population), np.array(taken, dtype=float)
    if method == "neyman":
        drawn = taken > 0
        return ((population * sd)[drawn] ** 2 / taken[drawn]).sum()
    weight = {
        "equal": lambda: (population > 0).astype(float),
        "proportional": lambda: population,
        "power": lambda: np.where(population > 0, population**exponent, 0.0),
        "neyman_rounded": lambda: population * sd,
    }[method]()
    return ((taken - n * weight / weight.sum()) ** 2).sum()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["case"])
def test_the_table(row):
    method = row["kind"].removeprefix("alloc_")
    population, n = numbers(row["strata_N"]), int(row["n_total"])
    sd = np.array(numbers(row["strata_S"])) if row["strata_S"] else None
    exponent = float(row["exponent"]) if row["exponent"] else None
    taken = allocate(
        population,
        n,
        method=method,
        sd=sd,
        exponent=exponent,
        minimum=numbers(row["lo"]),
        maximum=numbers(row["hi"]),
    )
    assert taken.tolist() == numbers(row["n_h"])
    value = objective(method, population, sd, exponent=exponent, n=n, taken=taken)
    np.testing.assert_allclose(value, float(row["objective"]), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("method", ["equal", "proportional", "power", "neyman", "neyman_rounded"])
def test_no_other_whole_numbers_do_better(method):
    population, sd = np.array([9.0, 4.0, 7.0]), np.array([1.3, 4.1, 2.0])
    for n in range(3, 21):
        taken = allocate(population, n, method=method, sd=sd)
        best = objective(method, population, sd, exponent=0.5, n=n, taken=taken)
        for other in product(range(1, 10), range(1, 5), range(1, 8)):
            if sum(other) == n:
                value = objective(method, population, sd, exponent=0.5, n=n, taken=other)
                assert value >= best * (1 - 1e-12)


def test_the_answer_is_like_the_population():
    index = pd.Index(["a", "b", "c"], name="agent")
    taken = allocate(pd.Series([10, 20, 30], index=index), 6)
    assert taken.index.equals(index)
    assert taken.dtype == np.int64
    assert taken.tolist() == [1, 2, 3]
    pl = pytest.importorskip("polars")
    assert allocate(pl.Series([10, 20, 30]), 6).to_list() == [1, 2, 3]
    named = allocate({"x": 10, "y": 20}, 9, minimum={"y": 7, "x": 0})
    assert named == {"x": 2, "y": 7}
    assert allocate([], 0).tolist() == []


def test_a_minimum_asks_for_no_more_than_there_is():
    assert allocate([0, 1, 50], 9, method="equal", minimum=3).tolist() == [0, 1, 8]


def test_what_cannot_be_is_refused():
    for arguments, words in [
        (([5, 5], 11), r"n must be between 0 .* and 10 .*; got 11"),
        (([5, 5], 1, {"minimum": 1}), r"n must be between 2"),
        (([5, 5], 2.5), "n must be a whole number"),
        (([5, -1], 2), r"population must be whole and >= 0; got -1\.0 at position 1"),
        (([5, 1.5], 2), "population must be whole"),
        (([5, np.nan], 2), "population must be whole"),
        (([5, 5], 2, {"minimum": 3, "maximum": [4, 2]}), r"minimum must be <= maximum; got 3\.0"),
        (([5, 5], 2, {"method": "neyman"}), "needs sd"),
        (([5, 5], 2, {"method": "neyman", "sd": [1, -1]}), "sd must be >= 0"),
        (([5, 5], 2, {"method": "neyman_rounded", "sd": 0}), "sd must be > 0 in some"),
        (([5, 5], 2, {"method": "largest"}), "method must be"),
        (([5, 5], 2, {"exponent": 0.5}), "exponent is for"),
        (([5, 5], 2, {"sd": [1, 2, 3]}), "sd must be one number, or one a stratum"),
        ((7, 2), "population must be a column"),
        (({"a": 5, "b": 5}, 2, {"minimum": {"a": 1}}), "minimum lacks the stratum 'b'"),
    ]:
        with pytest.raises(ValueError, match=words):
            allocate(*arguments[:2], **(arguments[2] if len(arguments) > 2 else {}))

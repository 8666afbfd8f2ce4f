"""`callstats sample-size`: published sizes, and the margin that so many have."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.mark.parametrize(
    ("words", "n", "margin"),
    [
        ("--margin 0.05 --proportion 0.5", 385, "4.99 pp"),
        ("--margin 5% --proportion 50%", 385, "4.99 pp"),
        ("--margin 0.05 --proportion 0.5 --population 1000", 278, "5.00 pp"),
        ("--margin 0.03 --proportion 0.5", 1068, "3.00 pp"),
        ("--margin 0.03 --proportion 0.5 --confidence 0.99 --population 60000", 1789, "3.00 pp"),
        ("--margin 2 --sd 8", 62, "1.991"),
    ],
)
def test_published_sizes(run, words, n, margin):
    code, out, err = run("sample-size", *words.split())
    assert (code, err) == (0, "")
    first, second = out.splitlines()
    assert first == f"n = {n}"
    assert second.startswith(f"margin of {n}: {margin} either way at 9")


def test_full_digits_in_a_file(run):
    run("sample-size", "--margin", "0.05", "--proportion", "0.5", "-o", "n.csv")
    row = pd.read_csv("n.csv").iloc[0]
    assert row["n"] == 385
    assert row["margin"] == pytest.approx(1.959963984540054 * 0.5 / 385**0.5, rel=1e-12)


def test_the_librarys_refusals_are_passed_on(refused):
    line = refused("sample-size", "--margin", "1", "--sd", "-8")
    assert "sd" in line

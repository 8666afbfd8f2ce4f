"""Lines for a load, and the load that lines carry."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from callstats import erlang, staffing
from hypothesis import given, settings
from hypothesis import strategies as st

TABLES = Path(__file__).parents[1] / "reference"


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_tables_in_print_of_loads_at_a_blocking():
    found = [row for row in rows("published.csv") if "load at blocking" in row["measure"]]
    for row in found:
        share = float(row["measure"].rpartition(" ")[2])
        got = staffing.max_line_load(float(row["agents"]), blocking=share)
        assert got == pytest.approx(float(row["reference"]), rel=1e-13), row
    assert len(found) == 22


def test_the_tables_in_print_of_lines_for_a_load():
    found = [row for row in rows("published.csv") if "smallest channels" in row["measure"]]
    for row in found:
        load = float(row["lambda_per_s"]) * float(row["aht_s"])
        got = staffing.required_lines(load, blocking=float(row["measure"].rpartition(" ")[2]))
        assert got == float(row["reference"]), row
        # Most of what is printed there is wrong.
        assert (got == float(row["printed"])) == (row["agrees"] == "yes"), row
    assert len(found) == 15


def test_lines_and_loads_are_each_others_inverse():
    # At the lines that a load needs the load is carried, and at one line fewer it is not.
    found = [row for row in rows("inverse_reference.csv") if row["criterion"] == "blocking"]
    for row in found:
        load = float(row["lambda_per_s"]) * float(row["aht_s"])
        lines, share = float(row["agents_min"]), float(row["target"])
        assert staffing.max_line_load(lines, blocking=share) >= load * (1 - 1e-15), row
        if lines > 1:
            assert staffing.max_line_load(lines - 1, blocking=share) < load, row
    assert len(found) == 16


def test_one_and_two_lines_by_hand():
    share = np.array([1e-12, 1e-3, 0.01, 0.5, 0.99])
    np.testing.assert_allclose(
        staffing.max_line_load(1, blocking=share), share / (1 - share), rtol=1e-13
    )
    two = (share + np.sqrt(share * (2 - share))) / (1 - share)
    np.testing.assert_allclose(staffing.max_line_load(2, blocking=share), two, rtol=1e-13)


@settings(max_examples=400)
@given(lines=st.floats(0.5, 3000), share=st.floats(1e-12, 0.99))
def test_the_answer_is_the_greatest_that_meets_the_goal(lines, share):
    most = staffing.max_line_load(lines, blocking=share)
    assert erlang.blocking(lines, most) <= share
    assert erlang.blocking(lines, most * (1 + 1e-9)) > share


def test_limits_of_lines():
    assert staffing.max_line_load(5, blocking=0) == 0
    assert staffing.max_line_load([0, 5], blocking=1).tolist() == [np.inf, np.inf]
    assert staffing.max_line_load(0, blocking=0.5) == 0

"""Groups of rows: what is counted and added in each."""

from __future__ import annotations

import math

import numpy as np
import pytest
from callstats._tables.groups import Groups, divided, sums
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.floats(-1e200, 1e200, allow_subnormal=False)


def groups(codes: list[int], count: int) -> Groups:
    return Groups(np.array(codes, np.int32), np.zeros(count, np.int64))


@given(st.lists(st.tuples(st.integers(-1, 2), NUMBERS | st.just(math.nan))))
def test_sums_are_rounded_once_to_the_last_digits_of_the_largest(rows):
    codes, values = np.array([code for code, _ in rows], int), np.array([v for _, v in rows], float)
    found = sums(codes, values, 3)
    for group in range(3):
        own = [v for code, v in rows if code == group and not math.isnan(v)]
        slack = len(own) * 2.0**-90 * max(map(abs, own), default=0.0)
        assert found[group] == pytest.approx(math.fsum(own), rel=2.0**-52, abs=slack)


@given(st.lists(st.integers(-(10**15), 10**15)), st.randoms())
def test_the_order_of_the_rows_does_not_show_in_a_sum(numbers, random):
    values = [number / 1e7 for number in numbers]
    before = sums(np.zeros(len(values), int), np.array(values, float), 1)
    random.shuffle(values)
    assert sums(np.zeros(len(values), int), np.array(values, float), 1) == before
    assert before == math.fsum(values)


def test_a_group_of_small_values_is_not_measured_by_that_of_large_ones():
    codes, values = np.array([0, 1, 1]), np.array([1e300, 1e-30, 2e-30])
    assert sums(codes, values, 2).tolist() == [1e300, math.fsum([1e-30, 2e-30])]


@pytest.mark.parametrize(
    ("values", "total"),
    [
        ([math.inf, 1.0], math.inf),
        ([-math.inf, 1.0], -math.inf),
        ([math.inf, -math.inf], math.nan),
        ([1.5e308, 1.5e308], math.inf),
        ([5e-324, 5e-324], 1e-323),
        ([math.nan], 0.0),
        ([], 0.0),
    ],
)
def test_sums_at_the_ends_of_what_floats_are(values, total):
    found = sums(np.zeros(len(values), int), np.array(values, float), 1)
    np.testing.assert_array_equal(found, [total])


def test_a_group_without_known_values_has_no_mean_and_no_largest():
    found = groups([0, 0, 1, -1, 2], 3)
    values = np.array([1.0, 3.0, math.nan, 9.0, -2.0])
    np.testing.assert_array_equal(found.count(), [2, 1, 1])
    np.testing.assert_array_equal(found.mean(values), [2.0, math.nan, -2.0])
    np.testing.assert_array_equal(found.largest(values), [3.0, math.nan, -2.0])
    assert len(found) == 3


def test_the_same_groups_of_fewer_rows_have_the_same_numbers():
    found = groups([0, 1, 1, -1], 2).of(np.array([False, True, True, True]))
    assert found.codes.tolist() == [-1, 1, 1, -1]
    assert found.count(np.array([True, True, False, True])).tolist() == [0, 1]


def test_nothing_divided_by_nothing_is_missing():
    assert divided([1, 0, 4], [0, 0, 2]).tolist()[::2] == [math.inf, 2.0]
    assert math.isnan(divided([0], [0])[0])
